;; Raw snappy, the writing half: greedy matches over blocks of 64 KiB that know nothing of each other, found by a table of
;; what stands where, which is emptied for each block: the same bytes come out whatever was compressed before.
;;
;; Memory:   0 the table, 16384 u16   65536 the input   behind it, and 64 bytes more, the output
;; Bytes behind input and output may be read and overwritten, 16 of them.
(module
  (memory (export "memory") 3)

  ;; Copies `length` bytes in steps of 16: up to 15 more than that. Answers where the copy ends.
  (func $copy (param $to i32) (param $from i32) (param $length i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $to) (local.get $length)))
    (loop $more
      (v128.store (local.get $to) (v128.load (local.get $from)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $more (i32.lt_u (local.get $to) (local.get $end))))
    (local.get $end))

  ;; Writes the bytes [from, end) as they are, and answers where that ends. There is at least one.
  (func $literal (param $out i32) (param $from i32) (param $end i32) (result i32)
    (local $n i32)
    (local.set $n (i32.sub (i32.sub (local.get $end) (local.get $from)) (i32.const 1)))
    (if (i32.lt_u (local.get $n) (i32.const 60))
      (then
        (i32.store8 (local.get $out) (i32.shl (local.get $n) (i32.const 2)))
        (local.set $out (i32.add (local.get $out) (i32.const 1))))
      (else
        (if (i32.lt_u (local.get $n) (i32.const 256))
          (then
            (i32.store8 (local.get $out) (i32.const 240))
            (i32.store8 offset=1 (local.get $out) (local.get $n))
            (local.set $out (i32.add (local.get $out) (i32.const 2))))
          (else
            (i32.store8 (local.get $out) (i32.const 244))
            (i32.store16 offset=1 (local.get $out) (local.get $n))
            (local.set $out (i32.add (local.get $out) (i32.const 3)))))))
    (call $copy (local.get $out) (local.get $from) (i32.add (local.get $n) (i32.const 1))))

  ;; Writes a copy of `length` bytes, at least 4, from `back` bytes before, at most 65535. Answers where that ends.
  (func $repeat (param $out i32) (param $back i32) (param $length i32) (result i32)
    (local $part i32)
    (loop $more
      (if (i32.gt_u (local.get $length) (i32.const 64))
        (then
          ;; What is left must be at least 4.
          (local.set $part
            (select (i32.const 64) (i32.const 60) (i32.gt_u (local.get $length) (i32.const 67))))
          (i32.store8 (local.get $out)
            (i32.or (i32.shl (i32.sub (local.get $part) (i32.const 1)) (i32.const 2)) (i32.const 2)))
          (i32.store16 offset=1 (local.get $out) (local.get $back))
          (local.set $out (i32.add (local.get $out) (i32.const 3)))
          (local.set $length (i32.sub (local.get $length) (local.get $part)))
          (br $more))))
    (if (result i32)
      (i32.and
        (i32.lt_u (local.get $length) (i32.const 12))
        (i32.lt_u (local.get $back) (i32.const 2048)))
      (then
        (i32.store8 (local.get $out)
          (i32.or
            (i32.or
              (i32.const 1)
              (i32.shl (i32.sub (local.get $length) (i32.const 4)) (i32.const 2)))
            (i32.shl (i32.shr_u (local.get $back) (i32.const 8)) (i32.const 5))))
        (i32.store8 offset=1 (local.get $out) (local.get $back))
        (i32.add (local.get $out) (i32.const 2)))
      (else
        (i32.store8 (local.get $out)
          (i32.or (i32.shl (i32.sub (local.get $length) (i32.const 1)) (i32.const 2)) (i32.const 2)))
        (i32.store16 offset=1 (local.get $out) (local.get $back))
        (i32.add (local.get $out) (i32.const 3)))))

  ;; How many bytes from `b` on, before `end`, are the same as those from `a` on.
  (func $same (param $a i32) (param $b i32) (param $end i32) (result i32)
    (local $start i32) (local $differ i64)
    (local.set $start (local.get $b))
    (block $done
      (loop $words
        (br_if $done (i32.lt_u (i32.sub (local.get $end) (local.get $b)) (i32.const 8)))
        (local.set $differ
          (i64.xor (i64.load align=1 (local.get $a)) (i64.load align=1 (local.get $b))))
        (if (i64.ne (local.get $differ) (i64.const 0))
          (then
            (return
              (i32.add
                (i32.sub (local.get $b) (local.get $start))
                (i32.wrap_i64 (i64.shr_u (i64.ctz (local.get $differ)) (i64.const 3)))))))
        (local.set $a (i32.add (local.get $a) (i32.const 8)))
        (local.set $b (i32.add (local.get $b) (i32.const 8)))
        (br $words)))
    (block $over
      (loop $bytes
        (br_if $over (i32.ge_u (local.get $b) (local.get $end)))
        (br_if $over (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (br $bytes)))
    (i32.sub (local.get $b) (local.get $start)))

  ;; Compresses the block [begin, end), of at most 65536 bytes, to `out`; answers where that ends.
  (func $block (param $begin i32) (param $end i32) (param $out i32) (result i32)
    (local $p i32) (local $next i32) (local $pending i32) (local $limit i32) (local $bits i32) (local $shift i32)
    (local $skip i32) (local $word i32) (local $slot i32) (local $found i32) (local $length i32)
    (local $run i32) (local $back i32) (local $short i32) (local $differ i64)
    ;; The place of four bytes in the table is their product with a prime, of which the highest bits.
    (local.set $pending (local.get $begin))
    (block $rest
      (br_if $rest (i32.lt_u (i32.sub (local.get $end) (local.get $begin)) (i32.const 16)))
      ;; As many places as bytes, 256 to 16384.
      (local.set $bits
        (i32.sub
          (i32.const 32)
          (i32.clz (i32.sub (i32.sub (local.get $end) (local.get $begin)) (i32.const 1)))))
      (if (i32.lt_u (local.get $bits) (i32.const 8)) (then (local.set $bits (i32.const 8))))
      (if (i32.gt_u (local.get $bits) (i32.const 14)) (then (local.set $bits (i32.const 14))))
      (local.set $shift (i32.sub (i32.const 32) (local.get $bits)))
      (memory.fill (i32.const 0) (i32.const 0) (i32.shl (i32.const 2) (local.get $bits)))
      (local.set $limit (i32.sub (local.get $end) (i32.const 15)))
      (local.set $p (i32.add (local.get $begin) (i32.const 1)))
      (loop $search
        (local.set $skip (i32.const 32))
        (loop $step
          ;; The longer nothing is found, the longer the steps: what cannot be compressed is soon over.
          (local.set $next (i32.add (local.get $p) (i32.shr_u (local.get $skip) (i32.const 5))))
          (local.set $skip (i32.add (local.get $skip) (i32.const 1)))
          (br_if $rest (i32.gt_u (local.get $next) (local.get $limit)))
          (local.set $word (i32.load align=1 (local.get $p)))
          (local.set $slot (i32.shl
            (i32.shr_u (i32.mul (local.get $word) (i32.const 0x9e3779b1)) (local.get $shift))
            (i32.const 1)))
          (local.set $found (i32.add (local.get $begin) (i32.load16_u (local.get $slot))))
          (i32.store16 (local.get $slot) (i32.sub (local.get $p) (local.get $begin)))
          (if (i32.ne (i32.load align=1 (local.get $found)) (local.get $word))
            (then
              (local.set $p (local.get $next))
              (br $step))))
        (loop $match
          ;; Mostly the next 8 bytes, which are there, differ somewhere.
          (local.set $differ
            (i64.xor
              (i64.load offset=4 align=1 (local.get $found))
              (i64.load offset=4 align=1 (local.get $p))))
          (local.set $length
            (if (result i32) (i64.eqz (local.get $differ))
              (then
                (i32.add
                  (i32.const 12)
                  (call $same
                    (i32.add (local.get $found) (i32.const 12))
                    (i32.add (local.get $p) (i32.const 12))
                    (local.get $end))))
              (else
                (i32.add
                  (i32.const 4)
                  (i32.wrap_i64 (i64.shr_u (i64.ctz (local.get $differ)) (i64.const 3)))))))
          ;; In a run of one byte the table may know only the end of an earlier run, and would again and again: zeros of
          ;; numbers. The run itself, from its second byte on, is longer.
          (if
            (i32.and
              (i32.lt_u (local.get $length) (i32.const 8))
              (i32.eq
                (i32.load align=1 (local.get $p))
                (i32.load align=1 (i32.add (local.get $p) (i32.const 1)))))
            (then
              (local.set $run
                (call $same (local.get $p) (i32.add (local.get $p) (i32.const 1)) (local.get $end)))
              (if (i32.gt_u (local.get $run) (local.get $length))
                (then
                  (local.set $found (local.get $p))
                  (local.set $p (i32.add (local.get $p) (i32.const 1)))
                  (local.set $length (local.get $run))))))
          (local.set $run (i32.sub (local.get $p) (local.get $pending)))
          (if (local.get $run)
            (then
              (if (i32.le_u (local.get $run) (i32.const 16))
                (then
                  (i32.store8 (local.get $out)
                    (i32.shl (i32.sub (local.get $run) (i32.const 1)) (i32.const 2)))
                  (v128.store offset=1 align=1 (local.get $out) (v128.load align=1 (local.get $pending)))
                  (local.set $out (i32.add (i32.add (local.get $out) (local.get $run)) (i32.const 1))))
                (else
                  (local.set $out
                    (call $literal (local.get $out) (local.get $pending) (local.get $p)))))))
          (local.set $back (i32.sub (local.get $p) (local.get $found)))
          (if (i32.gt_u (local.get $length) (i32.const 64))
            (then
              (local.set $out (call $repeat (local.get $out) (local.get $back) (local.get $length))))
            (else
              ;; Two bytes or three: those of both are made, since which it is cannot be foreseen.
              (local.set $short
                (i32.and
                  (i32.lt_u (local.get $length) (i32.const 12))
                  (i32.lt_u (local.get $back) (i32.const 2048))))
              (i32.store align=1 (local.get $out)
                (select
                  (i32.or
                    (i32.or
                      (i32.shl (i32.sub (local.get $length) (i32.const 4)) (i32.const 2))
                      (i32.shl (i32.shr_u (local.get $back) (i32.const 8)) (i32.const 5)))
                    (i32.or
                      (i32.shl (i32.and (local.get $back) (i32.const 255)) (i32.const 8))
                      (i32.const 1)))
                  (i32.or
                    (i32.or
                      (i32.shl (i32.sub (local.get $length) (i32.const 1)) (i32.const 2))
                      (i32.const 2))
                    (i32.shl (local.get $back) (i32.const 8)))
                  (local.get $short)))
              (local.set $out
                (i32.sub (i32.add (local.get $out) (i32.const 3)) (local.get $short)))))
          (local.set $p (i32.add (local.get $p) (local.get $length)))
          (local.set $pending (local.get $p))
          (br_if $rest (i32.ge_u (local.get $p) (local.get $limit)))
          (i32.store16
            (i32.shl
            (i32.shr_u (i32.mul (i32.load align=1 (i32.sub (local.get $p) (i32.const 1))) (i32.const 0x9e3779b1)) (local.get $shift))
            (i32.const 1))
            (i32.sub (i32.sub (local.get $p) (i32.const 1)) (local.get $begin)))
          (local.set $word (i32.load align=1 (local.get $p)))
          (local.set $slot (i32.shl
            (i32.shr_u (i32.mul (local.get $word) (i32.const 0x9e3779b1)) (local.get $shift))
            (i32.const 1)))
          (local.set $found (i32.add (local.get $begin) (i32.load16_u (local.get $slot))))
          (i32.store16 (local.get $slot) (i32.sub (local.get $p) (local.get $begin)))
          (br_if $match (i32.eq (i32.load align=1 (local.get $found)) (local.get $word))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $search)))
    (if (i32.lt_u (local.get $pending) (local.get $end))
      (then (local.set $out (call $literal (local.get $out) (local.get $pending) (local.get $end)))))
    (local.get $out))

  ;; Compresses the `length` bytes of input, and answers how many bytes that takes.
  (func (export "compress") (param $length i32) (result i32)
    (local $p i32) (local $end i32) (local $start i32) (local $out i32) (local $left i32) (local $stop i32)
    (local.set $p (i32.const 65536))
    (local.set $end (i32.add (local.get $p) (local.get $length)))
    (local.set $start (i32.add (local.get $end) (i32.const 64)))
    (local.set $out (local.get $start))
    (local.set $left (local.get $length))
    (loop $size
      (if (i32.gt_u (local.get $left) (i32.const 127))
        (then
          (i32.store8 (local.get $out) (i32.or (local.get $left) (i32.const 128)))
          (local.set $left (i32.shr_u (local.get $left) (i32.const 7)))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (br $size))))
    (i32.store8 (local.get $out) (local.get $left))
    (local.set $out (i32.add (local.get $out) (i32.const 1)))
    (block $done
      (loop $blocks
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $stop (local.get $end))
        (if (i32.gt_u (i32.sub (local.get $end) (local.get $p)) (i32.const 65536))
          (then (local.set $stop (i32.add (local.get $p) (i32.const 65536)))))
        (local.set $out (call $block (local.get $p) (local.get $stop) (local.get $out)))
        (local.set $p (local.get $stop))
        (br $blocks)))
    (i32.sub (local.get $out) (local.get $start))))
