;; CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) of bytes in this module's memory.
;;
;; A long run of bytes is not looked up byte by byte. The polynomial has multiples with few terms:
;;   x^5275 + x^4508 + x^2751 + 1                  gaps 767, 2524, 5275
;;   x^209 + x^144 + x^54 + x^39 + x^14 + 1        gaps 65, 155, 170, 195, 209
;; and their 8th and 128th powers have the same terms 8 and 128 times as far apart, so that they move whole
;; bytes, or whole vectors of 16. Adding such a multiple changes no remainder. So every byte i can be carried forward,
;;   t[i] = d[i] ^ t[i - gap1] ^ t[i - gap2] ^ ...
;; and only the last `largest gap` bytes are left to be looked up: 16 bytes a step, in 16 tables.
;;
;; Memory: 16 tables of 1 KiB; the ends of 2048 frames; zeros, which a fold reads as what lies before the data; the
;; data from 109056 on.
(module
  (memory (export "memory") 18)
  (global $data i32 (i32.const 109056))
  (global (export "data") i32 (i32.const 109056))

  ;; Table k, entry v: the remainder of byte v with k zero bytes behind it.
  (func $fillTables (local $v i32) (local $bit i32) (local $crc i32) (local $at i32)
    (loop $values
      (local.set $crc (local.get $v))
      (local.set $bit (i32.const 8))
      (loop $bits
        (local.set $crc
          (i32.xor
            (i32.shr_u (local.get $crc) (i32.const 1))
            (i32.and
              (i32.const 0x82f63b78)
              (i32.sub (i32.const 0) (i32.and (local.get $crc) (i32.const 1))))))
        (br_if $bits (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
      (i32.store (i32.shl (local.get $v) (i32.const 2)) (local.get $crc))
      (local.set $v (i32.add (local.get $v) (i32.const 1)))
      (br_if $values (i32.lt_u (local.get $v) (i32.const 256))))
    (loop $rest
      (local.set $crc (i32.load (local.get $at)))
      (i32.store offset=1024
        (local.get $at)
        (i32.xor
          (i32.shr_u (local.get $crc) (i32.const 8))
          (i32.load (i32.shl (i32.and (local.get $crc) (i32.const 255)) (i32.const 2)))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $rest (i32.lt_u (local.get $at) (i32.const 15360)))))
  (start $fillTables)

  ;; The register after [p, end), by table. What does not hang on the register is looked up first: the processor does
  ;; that while it waits for the step before.
  (func $lookUp (param $p i32) (param $end i32) (param $crc i32) (result i32) (local $a i64) (local $b i64) (local $x i32)
    (block $few
      (loop $sixteen
        (br_if $few (i32.lt_s (i32.sub (local.get $end) (local.get $p)) (i32.const 16)))
        (local.set $a (i64.load (local.get $p)))
        (local.set $b (i64.load offset=8 (local.get $p)))
        (local.set $x
          (i32.xor
            (i32.xor
              (i32.xor
                (i32.load offset=11264 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $a) (i64.const 32))) (i32.const 255)) (i32.const 2)))
                (i32.xor
                  (i32.load offset=10240 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $a) (i64.const 40))) (i32.const 255)) (i32.const 2)))
                  (i32.load offset=9216 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $a) (i64.const 48))) (i32.const 255)) (i32.const 2)))))
              (i32.xor
                (i32.load offset=8192 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $a) (i64.const 56))) (i32.const 255)) (i32.const 2)))
                (i32.xor
                  (i32.load offset=7168 (i32.shl (i32.and (i32.wrap_i64 (local.get $b)) (i32.const 255)) (i32.const 2)))
                  (i32.load offset=6144 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 8))) (i32.const 255)) (i32.const 2))))))
            (i32.xor
              (i32.xor
                (i32.load offset=5120 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 16))) (i32.const 255)) (i32.const 2)))
                (i32.xor
                  (i32.load offset=4096 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 24))) (i32.const 255)) (i32.const 2)))
                  (i32.load offset=3072 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 32))) (i32.const 255)) (i32.const 2)))))
              (i32.xor
                (i32.load offset=2048 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 40))) (i32.const 255)) (i32.const 2)))
                (i32.xor
                  (i32.load offset=1024 (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 48))) (i32.const 255)) (i32.const 2)))
                  (i32.load (i32.shl (i32.and (i32.wrap_i64 (i64.shr_u (local.get $b) (i64.const 56))) (i32.const 255)) (i32.const 2))))))))
        (local.set $crc (i32.xor (local.get $crc) (i32.wrap_i64 (local.get $a))))
        (local.set $crc
          (i32.xor
            (local.get $x)
            (i32.xor
              (i32.xor
                (i32.load offset=15360 (i32.shl (i32.and (local.get $crc) (i32.const 255)) (i32.const 2)))
                (i32.load offset=14336 (i32.shl (i32.and (i32.shr_u (local.get $crc) (i32.const 8)) (i32.const 255)) (i32.const 2))))
              (i32.xor
                (i32.load offset=13312 (i32.shl (i32.and (i32.shr_u (local.get $crc) (i32.const 16)) (i32.const 255)) (i32.const 2)))
                (i32.load offset=12288 (i32.shl (i32.and (i32.shr_u (local.get $crc) (i32.const 24)) (i32.const 255)) (i32.const 2)))))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (br $sixteen)))
    (block $none
      (loop $four
        (br_if $none (i32.lt_s (i32.sub (local.get $end) (local.get $p)) (i32.const 4)))
        (local.set $crc (i32.xor (local.get $crc) (i32.load (local.get $p))))
        (local.set $crc
          (i32.xor
            (i32.xor
              (i32.load offset=3072 (i32.shl (i32.and (local.get $crc) (i32.const 255)) (i32.const 2)))
              (i32.load offset=2048 (i32.shl (i32.and (i32.shr_u (local.get $crc) (i32.const 8)) (i32.const 255)) (i32.const 2))))
            (i32.xor
              (i32.load offset=1024 (i32.shl (i32.and (i32.shr_u (local.get $crc) (i32.const 16)) (i32.const 255)) (i32.const 2)))
              (i32.load (i32.shl (i32.and (i32.shr_u (local.get $crc) (i32.const 24)) (i32.const 255)) (i32.const 2))))))
        (local.set $p (i32.add (local.get $p) (i32.const 4)))
        (br $four)))
    (block $none
      (loop $one
        (br_if $none (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $crc
          (i32.xor
            (i32.shr_u (local.get $crc) (i32.const 8))
            (i32.load
              (i32.shl
                (i32.and (i32.xor (local.get $crc) (i32.load8_u (local.get $p))) (i32.const 255))
                (i32.const 2)))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $one)))
    (local.get $crc))

  ;; Zeros in [p - gap, p), as far as that is data: before it there are zeros already.
  (func $clear (param $p i32) (param $gap i32) (local $from i32)
    (local.set $from (i32.sub (local.get $p) (local.get $gap)))
    (if (i32.lt_u (local.get $from) (global.get $data)) (then (local.set $from (global.get $data))))
    (memory.fill (local.get $from) (i32.const 0) (i32.sub (local.get $p) (local.get $from))))

  ;; Carries the last `gap` bytes before p into the `gap` bytes from p on.
  (func $carry (param $p i32) (param $gap i32) (local $q i32) (local $end i32)
    (local.set $q (i32.sub (local.get $p) (local.get $gap)))
    (local.set $end (i32.sub (local.get $p) (i32.and (local.get $gap) (i32.const 15))))
    (loop $sixteen
      (v128.store (local.get $p) (v128.xor (v128.load (local.get $p)) (v128.load (local.get $q))))
      (local.set $p (i32.add (local.get $p) (i32.const 16)))
      (local.set $q (i32.add (local.get $q) (i32.const 16)))
      (br_if $sixteen (i32.lt_u (local.get $q) (local.get $end))))
    (local.set $end (i32.add (local.get $end) (i32.and (local.get $gap) (i32.const 15))))
    (block $none
      (loop $one
        (br_if $none (i32.ge_u (local.get $q) (local.get $end)))
        (i32.store8 (local.get $p) (i32.xor (i32.load8_u (local.get $p)) (i32.load8_u (local.get $q))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (local.set $q (i32.add (local.get $q) (i32.const 1)))
        (br $one))))

  ;; Folds [p, end) with the multiple of four terms; answers where what is left of it begins.
  (func $fold4 (param $p i32) (param $end i32) (param $gap1 i32) (param $gap2 i32) (param $gap3 i32) (result i32)
    (local $stop i32) (local $q1 i32) (local $q2 i32) (local $q3 i32)
    (local.set $stop (i32.sub (i32.sub (local.get $end) (local.get $p)) (local.get $gap3)))
    (if (i32.lt_s (local.get $stop) (i32.const 64)) (then (return (local.get $p))))
    (local.set $stop (i32.add (local.get $p) (i32.and (local.get $stop) (i32.const -64))))
    (call $clear (local.get $p) (local.get $gap3))
    (local.set $q1 (i32.sub (local.get $p) (local.get $gap1)))
    (local.set $q2 (i32.sub (local.get $p) (local.get $gap2)))
    (local.set $q3 (i32.sub (local.get $p) (local.get $gap3)))
    (loop $more
      (v128.store
        (local.get $p)
        (v128.xor (v128.xor (v128.load (local.get $p)) (v128.load (local.get $q1))) (v128.xor (v128.load (local.get $q2)) (v128.load (local.get $q3)))))
      (v128.store offset=16
        (local.get $p)
        (v128.xor (v128.xor (v128.load offset=16 (local.get $p)) (v128.load offset=16 (local.get $q1))) (v128.xor (v128.load offset=16 (local.get $q2)) (v128.load offset=16 (local.get $q3)))))
      (v128.store offset=32
        (local.get $p)
        (v128.xor (v128.xor (v128.load offset=32 (local.get $p)) (v128.load offset=32 (local.get $q1))) (v128.xor (v128.load offset=32 (local.get $q2)) (v128.load offset=32 (local.get $q3)))))
      (v128.store offset=48
        (local.get $p)
        (v128.xor (v128.xor (v128.load offset=48 (local.get $p)) (v128.load offset=48 (local.get $q1))) (v128.xor (v128.load offset=48 (local.get $q2)) (v128.load offset=48 (local.get $q3)))))
      (local.set $p (i32.add (local.get $p) (i32.const 64)))
      (local.set $q1 (i32.add (local.get $q1) (i32.const 64)))
      (local.set $q2 (i32.add (local.get $q2) (i32.const 64)))
      (local.set $q3 (i32.add (local.get $q3) (i32.const 64)))
      (br_if $more (i32.lt_u (local.get $p) (local.get $stop))))
    (call $carry (local.get $p) (local.get $gap1))
    (call $carry (local.get $p) (local.get $gap2))
    (call $carry (local.get $p) (local.get $gap3))
    (local.get $p))

  ;; The same with the multiple of six terms.
  (func $fold6 (param $p i32) (param $end i32) (param $gap1 i32) (param $gap2 i32) (param $gap3 i32) (param $gap4 i32) (param $gap5 i32) (result i32)
    (local $stop i32) (local $q1 i32) (local $q2 i32) (local $q3 i32) (local $q4 i32) (local $q5 i32)
    (local.set $stop (i32.sub (i32.sub (local.get $end) (local.get $p)) (local.get $gap5)))
    (if (i32.lt_s (local.get $stop) (i32.const 64)) (then (return (local.get $p))))
    (local.set $stop (i32.add (local.get $p) (i32.and (local.get $stop) (i32.const -64))))
    (call $clear (local.get $p) (local.get $gap5))
    (local.set $q1 (i32.sub (local.get $p) (local.get $gap1)))
    (local.set $q2 (i32.sub (local.get $p) (local.get $gap2)))
    (local.set $q3 (i32.sub (local.get $p) (local.get $gap3)))
    (local.set $q4 (i32.sub (local.get $p) (local.get $gap4)))
    (local.set $q5 (i32.sub (local.get $p) (local.get $gap5)))
    (loop $more
      (v128.store
        (local.get $p)
        (v128.xor (v128.xor (v128.load (local.get $p)) (v128.xor (v128.load (local.get $q1)) (v128.load (local.get $q2)))) (v128.xor (v128.load (local.get $q3)) (v128.xor (v128.load (local.get $q4)) (v128.load (local.get $q5))))))
      (v128.store offset=16
        (local.get $p)
        (v128.xor (v128.xor (v128.load offset=16 (local.get $p)) (v128.xor (v128.load offset=16 (local.get $q1)) (v128.load offset=16 (local.get $q2)))) (v128.xor (v128.load offset=16 (local.get $q3)) (v128.xor (v128.load offset=16 (local.get $q4)) (v128.load offset=16 (local.get $q5))))))
      (v128.store offset=32
        (local.get $p)
        (v128.xor (v128.xor (v128.load offset=32 (local.get $p)) (v128.xor (v128.load offset=32 (local.get $q1)) (v128.load offset=32 (local.get $q2)))) (v128.xor (v128.load offset=32 (local.get $q3)) (v128.xor (v128.load offset=32 (local.get $q4)) (v128.load offset=32 (local.get $q5))))))
      (v128.store offset=48
        (local.get $p)
        (v128.xor (v128.xor (v128.load offset=48 (local.get $p)) (v128.xor (v128.load offset=48 (local.get $q1)) (v128.load offset=48 (local.get $q2)))) (v128.xor (v128.load offset=48 (local.get $q3)) (v128.xor (v128.load offset=48 (local.get $q4)) (v128.load offset=48 (local.get $q5))))))
      (local.set $p (i32.add (local.get $p) (i32.const 64)))
      (local.set $q1 (i32.add (local.get $q1) (i32.const 64)))
      (local.set $q2 (i32.add (local.get $q2) (i32.const 64)))
      (local.set $q3 (i32.add (local.get $q3) (i32.const 64)))
      (local.set $q4 (i32.add (local.get $q4) (i32.const 64)))
      (local.set $q5 (i32.add (local.get $q5) (i32.const 64)))
      (br_if $more (i32.lt_u (local.get $p) (local.get $stop))))
    (call $carry (local.get $p) (local.get $gap1))
    (call $carry (local.get $p) (local.get $gap2))
    (call $carry (local.get $p) (local.get $gap3))
    (call $carry (local.get $p) (local.get $gap4))
    (call $carry (local.get $p) (local.get $gap5))
    (local.get $p))

  ;; The register after [p, end), which is overwritten.
  (func $run (param $p i32) (param $end i32) (param $crc i32) (result i32)
    (if (i32.ge_u (i32.sub (local.get $end) (local.get $p)) (i32.const 512))
      (then
        (i32.store (local.get $p) (i32.xor (i32.load (local.get $p)) (local.get $crc)))
        (local.set $crc (i32.const 0))
        ;; 16 times the gaps first: there every load is aligned.
        (local.set $p
          (call $fold4 (local.get $p) (local.get $end) (i32.const 12272) (i32.const 40384) (i32.const 84400)))
        (local.set $p
          (call $fold4 (local.get $p) (local.get $end) (i32.const 767) (i32.const 2524) (i32.const 5275)))
        (local.set $p
          (call $fold6
            (local.get $p) (local.get $end)
            (i32.const 65) (i32.const 155) (i32.const 170) (i32.const 195) (i32.const 209)))))
    (call $lookUp (local.get $p) (local.get $end) (local.get $crc)))

  ;; The register after the `length` bytes from `start` of the data on, which are overwritten; so may be what is before.
  (func (export "update") (param $start i32) (param $length i32) (param $crc i32) (result i32)
    (local.set $start (i32.add (local.get $start) (global.get $data)))
    (call $run (local.get $start) (i32.add (local.get $start) (local.get $length)) (local.get $crc)))

  ;; TFRecord's form of a checksum, from a register.
  (func $mask (param $crc i32) (result i32)
    (i32.add
      (i32.rotr (i32.xor (local.get $crc) (i32.const -1)) (i32.const 15))
      (i32.const 0xa282ead8)))

  ;; Checks the whole TFRecord frames in [p, end) of the data: the checksums of payloads, and with `heads` those of
  ;; lengths. Writes where each of them ends, and stops at the first that is cut, has no sound length, or finds no room
  ;; for its end. Answers how many are sound, or -1 - n where the payload of the n-th, whose end is written, is not.
  ;; What it looked at is overwritten, except for the frame that it stopped at.
  (func (export "walk") (param $p i32) (param $end i32) (param $heads i32) (result i32)
    (local $count i32) (local $length i32) (local $next i32) (local $low i32)
    (local.set $p (i32.add (local.get $p) (global.get $data)))
    (local.set $end (i32.add (local.get $end) (global.get $data)))
    (block $stop
      (loop $frame
        (br_if $stop (i32.ge_u (local.get $count) (i32.const 2048)))
        (br_if $stop (i32.lt_u (i32.sub (local.get $end) (local.get $p)) (i32.const 16)))
        (local.set $length (i32.load (local.get $p)))
        (br_if $stop (i32.load offset=4 (local.get $p)))
        (br_if $stop
          (i32.gt_u (local.get $length) (i32.sub (i32.sub (local.get $end) (local.get $p)) (i32.const 16))))
        (if (local.get $heads)
          (then
            ;; The upper half of the length is zero, and so is what its tables hold there.
            (local.set $low (i32.xor (local.get $length) (i32.const -1)))
            (br_if $stop
              (i32.ne
                (i32.load offset=8 (local.get $p))
                (call $mask
                  (i32.xor
                    (i32.xor
                      (i32.load offset=7168 (i32.shl (i32.and (local.get $low) (i32.const 255)) (i32.const 2)))
                      (i32.load offset=6144 (i32.shl (i32.and (i32.shr_u (local.get $low) (i32.const 8)) (i32.const 255)) (i32.const 2))))
                    (i32.xor
                      (i32.load offset=5120 (i32.shl (i32.and (i32.shr_u (local.get $low) (i32.const 16)) (i32.const 255)) (i32.const 2)))
                      (i32.load offset=4096 (i32.shl (i32.and (i32.shr_u (local.get $low) (i32.const 24)) (i32.const 255)) (i32.const 2))))))))))
        (local.set $next (i32.add (local.get $p) (i32.add (local.get $length) (i32.const 12))))
        (i32.store offset=16384
          (i32.shl (local.get $count) (i32.const 2))
          (i32.sub (i32.add (local.get $next) (i32.const 4)) (global.get $data)))
        (if
          (i32.ne
            (i32.load (local.get $next))
            (call $mask (call $run (i32.add (local.get $p) (i32.const 12)) (local.get $next) (i32.const -1))))
          (then (return (i32.sub (i32.const -1) (local.get $count)))))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (local.set $p (i32.add (local.get $next) (i32.const 4)))
        (br $frame)))
    (local.get $count)))
