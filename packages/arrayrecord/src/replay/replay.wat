;; Runs the state machine of a transposed chunk (formats/arrayrecord.md 3.5.3), whose records come from the last byte to the first. It
;; tells only that a chunk is sound: what is wrong with another one is found by whoever runs it again.
;;
;; The caller lays out the memory. Below the records and below the columns 16 bytes may be read and overwritten, as may 16 behind the
;; columns. A state has 32 bytes, in which a place is an address:
;;   0 u8 what a visit does, 1 u8 whether it is implicit, 2 u8 data bytes, 3 u8 bytes of the tag, 4 u32 from where its transitions count,
;;   8 u32 where a jump to it arrives, 12 u32 its buffer: where that is read next, and where it ends, 16 the tag at the end of 8 bytes,
;;   24 u64 what is added to the data bytes
(module
  (memory (export "memory") 1)

  ;; Copies the `length` bytes before `from` to the ones before `to`, in steps of 16: up to 16 more than that.
  (func $copy (param $to i32) (param $from i32) (param $length i32)
    (if (i32.gt_u (local.get $length) (i32.const 512))
      (then
        (memory.copy
          (i32.sub (local.get $to) (local.get $length))
          (i32.sub (local.get $from) (local.get $length))
          (local.get $length))
        (return)))
    (loop $more
      (local.set $to (i32.sub (local.get $to) (i32.const 16)))
      (local.set $from (i32.sub (local.get $from) (i32.const 16)))
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (local.set $length (i32.sub (local.get $length) (i32.const 16)))
      (br_if $more (i32.gt_s (local.get $length) (i32.const 0)))))

  ;; Reads a varint from a buffer; negative where it has none of 31 bits.
  (func $length (param $buffer i32) (result i32)
    (local $at i32) (local $end i32) (local $byte i32) (local $value i32) (local $shift i32)
    (local.set $at (i32.load (local.get $buffer)))
    (local.set $end (i32.load offset=4 (local.get $buffer)))
    (loop $more
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $value
        (i32.or
          (local.get $value)
          (i32.shl (i32.and (local.get $byte) (i32.const 127)) (local.get $shift))))
      (if (i32.lt_u (local.get $byte) (i32.const 128))
        (then
          (if
            (i32.and
              (i32.eq (local.get $shift) (i32.const 28))
              (i32.gt_u (local.get $byte) (i32.const 7)))
            (then (return (i32.const -1))))
          (i32.store (local.get $buffer) (local.get $at))
          (return (local.get $value))))
      (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
      (br_if $more (i32.lt_u (local.get $shift) (i32.const 35))))
    (i32.const -1))

  ;; Writes a number of 31 bits as a varint that ends before `to`; answers where it begins.
  (func $varint (param $to i32) (param $value i32) (result i32)
    (local $at i32)
    (local.set $to
      (i32.sub
        (local.get $to)
        ;; A byte for each 7 bits: what stands for a division by 7 is right up to 31.
        (i32.shr_u
          (i32.add
            (i32.mul
              (i32.sub (i32.const 31) (i32.clz (i32.or (local.get $value) (i32.const 1))))
              (i32.const 9))
            (i32.const 73))
          (i32.const 6))))
    (local.set $at (local.get $to))
    (loop $more
      (if (i32.gt_u (local.get $value) (i32.const 127))
        (then
          (i32.store8 (local.get $at) (i32.or (local.get $value) (i32.const 128)))
          (local.set $value (i32.shr_u (local.get $value) (i32.const 7)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $more))))
    (i32.store8 (local.get $at) (local.get $value))
    (local.get $to))

  ;; Replays the transitions [step, steps) from `state` on, in a table that ends at `states`. Records go to [out, free); where each
  ;; begins, counted from `out`, to the words [starts, start), the last one first. Open submessages lie in [stack, stackEnd); `lengths` is
  ;; the buffer with the lengths of records that are no messages. Answers 1 if all of that is filled to the last byte, else 0.
  (func (export "run")
    (param $state i32) (param $states i32) (param $step i32) (param $steps i32)
    (param $out i32) (param $free i32) (param $starts i32) (param $start i32)
    (param $stack i32) (param $stackEnd i32) (param $lengths i32) (result i32)
    (local $top i32) (local $repeats i32) (local $from i32) (local $buffer i32) (local $at i32)
    (local $width i32) (local $length i32) (local $opener i32)
    (local.set $top (local.get $stack))
    (local.set $repeats (i32.load8_u offset=1 (local.get $state)))
    (loop $visit
      (block $next
        (block $tag
          (block $boundary
            (block $string
              (block $wide
                (block $number
                  (block $end
                    (block $start_of
                      (block $verbatim
                        (br_table $next $verbatim $boundary $start_of $end $tag $number $wide $string
                          (i32.load8_u (local.get $state))))
                      ;; A record that is no message.
                      (local.set $length (call $length (local.get $lengths)))
                      (local.set $buffer (i32.load offset=12 (local.get $state)))
                      (local.set $at (i32.load (local.get $buffer)))
                      (if
                        (i32.or
                          (i32.gt_u
                            (local.get $length)
                            (i32.sub (i32.load offset=4 (local.get $buffer)) (local.get $at)))
                          (i32.gt_u (local.get $length) (i32.sub (local.get $free) (local.get $out))))
                        (then (return (i32.const 0))))
                      (local.set $at (i32.add (local.get $at) (local.get $length)))
                      (i32.store (local.get $buffer) (local.get $at))
                      (call $copy (local.get $free) (local.get $at) (local.get $length))
                      (local.set $free (i32.sub (local.get $free) (local.get $length)))
                      (br $boundary))
                    ;; A submessage begins: its tag and its length come before it.
                    (if (i32.eq (local.get $top) (local.get $stack)) (then (return (i32.const 0))))
                    (local.set $top (i32.sub (local.get $top) (i32.const 8)))
                    (local.set $opener (i32.load offset=4 (local.get $top)))
                    (local.set $length (i32.sub (i32.load (local.get $top)) (local.get $free)))
                    (local.set $width (i32.load8_u offset=3 (local.get $opener)))
                    (if
                      (i32.lt_s
                        (i32.sub (local.get $free) (local.get $out))
                        (i32.add (local.get $width) (i32.const 5)))
                      (then
                        ;; Not much is left, and it may be too little.
                        (if
                          (i32.lt_s
                            (i32.sub
                              (call $varint (local.get $free) (local.get $length))
                              (local.get $out))
                            (local.get $width))
                          (then (return (i32.const 0))))))
                    (local.set $free (call $varint (local.get $free) (local.get $length)))
                    (i64.store align=1
                      (i32.sub (local.get $free) (i32.const 8))
                      (i64.load offset=16 (local.get $opener)))
                    (local.set $free (i32.sub (local.get $free) (local.get $width)))
                    (br $next))
                  ;; A submessage ends.
                  (if (i32.ge_u (local.get $top) (local.get $stackEnd)) (then (return (i32.const 0))))
                  (i32.store (local.get $top) (local.get $free))
                  (i32.store offset=4 (local.get $top) (local.get $state))
                  (local.set $top (i32.add (local.get $top) (i32.const 8)))
                  (br $next))
                ;; A number of at most 8 data bytes.
                (local.set $buffer (i32.load offset=12 (local.get $state)))
                (local.set $at (i32.load (local.get $buffer)))
                (local.set $width (i32.load8_u offset=2 (local.get $state)))
                (if
                  (i32.or
                    (i32.gt_u
                      (local.get $width)
                      (i32.sub (i32.load offset=4 (local.get $buffer)) (local.get $at)))
                    (i32.gt_u (local.get $width) (i32.sub (local.get $free) (local.get $out))))
                  (then (return (i32.const 0))))
                (i32.store (local.get $buffer) (i32.add (local.get $at) (local.get $width)))
                (i64.store align=1
                  (i32.sub (local.get $free) (i32.const 8))
                  (i64.shl
                    (i64.or
                      (i64.load align=1 (local.get $at))
                      (i64.load offset=24 (local.get $state)))
                    (i64.extend_i32_u
                      (i32.shl (i32.sub (i32.const 8) (local.get $width)) (i32.const 3)))))
                (local.set $free (i32.sub (local.get $free) (local.get $width)))
                (br $tag))
              ;; A varint of more.
              (local.set $buffer (i32.load offset=12 (local.get $state)))
              (local.set $at (i32.load (local.get $buffer)))
              (local.set $width (i32.load8_u offset=2 (local.get $state)))
              (if
                (i32.or
                  (i32.gt_u
                    (local.get $width)
                    (i32.sub (i32.load offset=4 (local.get $buffer)) (local.get $at)))
                  (i32.gt_u (local.get $width) (i32.sub (local.get $free) (local.get $out))))
                (then (return (i32.const 0))))
              (i32.store (local.get $buffer) (i32.add (local.get $at) (local.get $width)))
              (local.set $free (i32.sub (local.get $free) (local.get $width)))
              (local.set $length (i32.const 0))
              (loop $bytes
                (i32.store8
                  (i32.add (local.get $free) (local.get $length))
                  (i32.or
                    (i32.load8_u (i32.add (local.get $at) (local.get $length)))
                    (i32.const 128)))
                (local.set $length (i32.add (local.get $length) (i32.const 1)))
                (br_if $bytes (i32.lt_u (local.get $length) (local.get $width))))
              (local.set $length (i32.sub (local.get $length) (i32.const 1)))
              (i32.store8
                (i32.add (local.get $free) (local.get $length))
                (i32.load8_u (i32.add (local.get $at) (local.get $length))))
              (br $tag))
            ;; A length, and as many bytes.
            (local.set $buffer (i32.load offset=12 (local.get $state)))
            (local.set $at (i32.load (local.get $buffer)))
            (local.set $length (call $length (local.get $buffer)))
            (local.set $from (i32.load (local.get $buffer)))
            (if
              (i32.gt_u
                (local.get $length)
                (i32.sub (i32.load offset=4 (local.get $buffer)) (local.get $from)))
              (then (return (i32.const 0))))
            (local.set $from (i32.add (local.get $from) (local.get $length)))
            (i32.store (local.get $buffer) (local.get $from))
            (local.set $length (i32.sub (local.get $from) (local.get $at)))
            (if (i32.gt_u (local.get $length) (i32.sub (local.get $free) (local.get $out)))
              (then (return (i32.const 0))))
            (call $copy (local.get $free) (local.get $from) (local.get $length))
            (local.set $free (i32.sub (local.get $free) (local.get $length)))
            (br $tag))
          ;; A record begins.
          (if
            (i32.or
              (i32.ne (local.get $top) (local.get $stack))
              (i32.eq (local.get $start) (local.get $starts)))
            (then (return (i32.const 0))))
          (local.set $start (i32.sub (local.get $start) (i32.const 4)))
          (i32.store (local.get $start) (i32.sub (local.get $free) (local.get $out)))
          (br $next))
        ;; The bytes of the state itself.
        (local.set $width (i32.load8_u offset=3 (local.get $state)))
        (if (i32.gt_u (local.get $width) (i32.sub (local.get $free) (local.get $out)))
          (then (return (i32.const 0))))
        (i64.store align=1
          (i32.sub (local.get $free) (i32.const 8))
          (i64.load offset=16 (local.get $state)))
        (local.set $free (i32.sub (local.get $free) (local.get $width))))
      (local.set $from (i32.load offset=4 (local.get $state)))
      (if (local.get $repeats)
        (then
          (local.set $state (i32.load offset=8 (local.get $from)))
          (local.set $repeats
            (i32.sub
              (local.get $repeats)
              (i32.sub (i32.const 1) (i32.load8_u offset=1 (local.get $state)))))
          (br $visit))
        (else
          (if (i32.lt_u (local.get $step) (local.get $steps))
            (then
              (local.set $width (i32.load8_u (local.get $step)))
              (local.set $step (i32.add (local.get $step) (i32.const 1)))
              ;; The upper six bits are how many states to go on, each of 32 bytes.
              (local.set $from
                (i32.add
                  (local.get $from)
                  (i32.shl (i32.and (local.get $width) (i32.const 252)) (i32.const 3))))
              (if (i32.ge_u (local.get $from) (local.get $states)) (then (return (i32.const 0))))
              (local.set $state (i32.load offset=8 (local.get $from)))
              (local.set $repeats
                (i32.add
                  (i32.and (local.get $width) (i32.const 3))
                  (i32.load8_u offset=1 (local.get $state))))
              (br $visit))))))
    (i32.and
      (i32.and
        (i32.eq (local.get $top) (local.get $stack))
        (i32.eq (local.get $start) (local.get $starts)))
      (i32.eq (local.get $free) (local.get $out)))))
