;; HighwayHash-64 under the key of Riegeli, of bytes in this module's memory.
;;
;; The state is four vectors of four u64: v0, v1, mul0, mul1. Each is kept in two registers, a for lanes 0 and 1,
;; b for lanes 2 and 3, and between calls in memory:
;;   0 v0   32 v1   64 mul0   96 mul1   128 the hash   192 the data
;; Past the data stay 32 bytes that may be read, and never count.
(module
  (memory (export "memory") 1)
  (global (export "data") i32 (i32.const 192))

  ;; Absorbs the `length` bytes of data. Bit 0 of `how`: they are the first ones. Bit 1: the last ones, so that the hash
  ;; is wanted; without it `length` is a multiple of 32.
  (func (export "update") (param $length i32) (param $how i32)
    (local $v0a v128) (local $v0b v128) (local $v1a v128) (local $v1b v128)
    (local $m0a v128) (local $m0b v128) (local $m1a v128) (local $m1b v128)
    (local $la v128) (local $lb v128) (local $low v128) (local $high v128) (local $zip v128)
    (local $p i32) (local $end i32) (local $turns i32) (local $rest i32) (local $w i32)

    (if (i32.and (local.get $how) (i32.const 1))
      (then
        ;; v0 = mul0 ^ key, v1 = mul1 ^ (key with swapped halves)
        (local.set $v0a (v128.const i64x2 0xf48fb9b09929a77d 0xae7a5c5046fc54a2))
        (local.set $v0b (v128.const i64x2 0x3c70e64b64151a16 0x2e4c0efaeac06da1))
        (local.set $v1a (v128.const i64x2 0x5cb6f742e46799f6 0xafcf941bbf82eefe))
        (local.set $v1b (v128.const i64x2 0xd9310f9d1b806009 0x2a4b449432a37705))
        (local.set $m0a (v128.const i64x2 0xdbe6d5d5fe4cce2f 0xa4093822299f31d0))
        (local.set $m0b (v128.const i64x2 0x13198a2e03707344 0x243f6a8885a308d3))
        (local.set $m1a (v128.const i64x2 0x3bd39e10cb0ef593 0xc0acf169b5f18a8c))
        (local.set $m1b (v128.const i64x2 0xbe5466cf34e90c6c 0x452821e638d01377)))
      (else
        (local.set $v0a (v128.load (i32.const 0)))
        (local.set $v0b (v128.load (i32.const 16)))
        (local.set $v1a (v128.load (i32.const 32)))
        (local.set $v1b (v128.load (i32.const 48)))
        (local.set $m0a (v128.load (i32.const 64)))
        (local.set $m0b (v128.load (i32.const 80)))
        (local.set $m1a (v128.load (i32.const 96)))
        (local.set $m1b (v128.load (i32.const 112)))))

    ;; How both zips of a pair of lanes mix its bytes: kept in a register, for which a shuffle's own list would be loaded anew.
    (local.set $zip (v128.const i8x16 3 12 2 5 14 1 15 0 11 4 10 13 9 6 8 7))
    (local.set $p (i32.const 192))
    (local.set $rest (i32.and (local.get $length) (i32.const 31)))
    (local.set $end (i32.add (local.get $p) (i32.sub (local.get $length) (local.get $rest))))

    ;; One loop for whole packets, for the padded last one, and for the four turns that finish.
    (block $done
      (loop $packets
        (block $ready
          (if (i32.lt_u (local.get $p) (local.get $end))
            (then
              (local.set $la (v128.load (local.get $p)))
              (local.set $lb (v128.load offset=16 (local.get $p)))
              (local.set $p (i32.add (local.get $p) (i32.const 32)))
              (br $ready)))
          (br_if $done (i32.eqz (i32.and (local.get $how) (i32.const 2))))
          (if (local.get $rest)
            (then
              ;; v0 += (n << 32) + n; the halves of v1 turn left by n
              (local.set $la (i32x4.splat (local.get $rest)))
              (local.set $v0a (i64x2.add (local.get $v0a) (local.get $la)))
              (local.set $v0b (i64x2.add (local.get $v0b) (local.get $la)))
              (local.set $w (i32.sub (i32.const 32) (local.get $rest)))
              (local.set $v1a (v128.or (i32x4.shl (local.get $v1a) (local.get $rest)) (i32x4.shr_u (local.get $v1a) (local.get $w))))
              (local.set $v1b (v128.or (i32x4.shl (local.get $v1b) (local.get $rest)) (i32x4.shr_u (local.get $v1b) (local.get $w))))
              ;; whole words of four bytes stay where they are, zeros follow
              (local.set $w (i32.and (local.get $rest) (i32.const 28)))
              (local.set $low (i8x16.splat (local.get $w)))
              (local.set $la
                (v128.and
                  (v128.load (local.get $p))
                  (i8x16.gt_s (local.get $low) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15))))
              (local.set $lb
                (v128.and
                  (v128.load offset=16 (local.get $p))
                  (i8x16.gt_s (local.get $low) (v128.const i8x16 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31))))
              (if (i32.ge_u (local.get $rest) (i32.const 16))
                (then
                  (local.set $lb
                    (i32x4.replace_lane 3
                      (local.get $lb)
                      (i32.load (i32.sub (i32.add (local.get $p) (local.get $rest)) (i32.const 4))))))
                (else
                  ;; of the one to three bytes behind the words: the first, the middle one, the last
                  (if (local.tee $rest (i32.and (local.get $rest) (i32.const 3)))
                    (then
                      (local.set $w (i32.add (local.get $p) (local.get $w)))
                      (local.set $lb
                        (i32x4.replace_lane 0
                          (local.get $lb)
                          (i32.or
                            (i32.load8_u (local.get $w))
                            (i32.or
                              (i32.shl (i32.load8_u (i32.add (local.get $w) (i32.shr_u (local.get $rest) (i32.const 1)))) (i32.const 8))
                              (i32.shl (i32.load8_u (i32.sub (i32.add (local.get $w) (local.get $rest)) (i32.const 1))) (i32.const 16))))))))))
              (local.set $rest (i32.const 0))
              (br $ready)))
          (br_if $done (i32.eq (local.get $turns) (i32.const 4)))
          (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
          ;; lanes of v0 in the order 2 3 0 1, each with swapped halves
          (local.set $la (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $v0b) (local.get $v0b)))
          (local.set $lb (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $v0a) (local.get $v0a))))

        (local.set $v1a (i64x2.add (local.get $v1a) (i64x2.add (local.get $m0a) (local.get $la))))
        (local.set $v1b (i64x2.add (local.get $v1b) (i64x2.add (local.get $m0b) (local.get $lb))))
        ;; mul0 ^= (low half of v1) * (high half of v0)
        (local.set $low (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $v1a) (local.get $v1b)))
        (local.set $high (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $v0a) (local.get $v0b)))
        (local.set $m0a (v128.xor (local.get $m0a) (i64x2.extmul_low_i32x4_u (local.get $low) (local.get $high))))
        (local.set $m0b (v128.xor (local.get $m0b) (i64x2.extmul_high_i32x4_u (local.get $low) (local.get $high))))
        (local.set $v0a (i64x2.add (local.get $v0a) (local.get $m1a)))
        (local.set $v0b (i64x2.add (local.get $v0b) (local.get $m1b)))
        ;; mul1 ^= (low half of v0) * (high half of v1)
        (local.set $low (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $v0a) (local.get $v0b)))
        (local.set $high (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $v1a) (local.get $v1b)))
        (local.set $m1a (v128.xor (local.get $m1a) (i64x2.extmul_low_i32x4_u (local.get $low) (local.get $high))))
        (local.set $m1b (v128.xor (local.get $m1b) (i64x2.extmul_high_i32x4_u (local.get $low) (local.get $high))))
        ;; v0 += zip(v1), then v1 += zip(v0)
        (local.set $v0a (i64x2.add (local.get $v0a) (i8x16.swizzle (local.get $v1a) (local.get $zip))))
        (local.set $v0b (i64x2.add (local.get $v0b) (i8x16.swizzle (local.get $v1b) (local.get $zip))))
        (local.set $v1a (i64x2.add (local.get $v1a) (i8x16.swizzle (local.get $v0a) (local.get $zip))))
        (local.set $v1b (i64x2.add (local.get $v1b) (i8x16.swizzle (local.get $v0b) (local.get $zip))))
        (br $packets)))

    (if (i32.and (local.get $how) (i32.const 2))
      (then
        (i64.store
          (i32.const 128)
          (i64x2.extract_lane 0
            (i64x2.add
              (i64x2.add (local.get $v0a) (local.get $v1a))
              (i64x2.add (local.get $m0a) (local.get $m1a))))))
      (else
        (v128.store (i32.const 0) (local.get $v0a))
        (v128.store (i32.const 16) (local.get $v0b))
        (v128.store (i32.const 32) (local.get $v1a))
        (v128.store (i32.const 48) (local.get $v1b))
        (v128.store (i32.const 64) (local.get $m0a))
        (v128.store (i32.const 80) (local.get $m0b))
        (v128.store (i32.const 96) (local.get $m1a))
        (v128.store (i32.const 112) (local.get $m1b))))))
