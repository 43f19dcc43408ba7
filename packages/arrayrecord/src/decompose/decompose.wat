;; Takes records apart for a transposed chunk (formats/arrayrecord.md 3.5.6), and gathers their values in columns. It gives up where a
;; table is full, and whoever has more room does it again.
;;
;; The caller lays out the memory, and says so in its first words, of which each is an address:
;;   0 slots of a hash table, as many bytes as 4 says and one more, zeros    8 nodes, up to 12, 64 bytes each
;;   16 the encoded tags, up to 20, 8 bytes each    24 the tags that were emitted, up to 28, 4 bytes each
;;   32 the values, up to 36, 12 bytes each    40 where the input begins
;; From 64 on it keeps a node that is none, from 128 on what is open, up to 8192. Words 8, 16, 24 and 32 grow as these are filled, word 44 counts records that are no messages.
;; A node: 0 its parent, 4 its tag, 8 bytes of its values, 12 where the next one ends in its column, 16 its encoded tag with each of 16
;; subtypes plus one, 2 bytes each. An encoded tag: its node, its subtype. A value: its node, where it begins, its length.
(module
  (memory (export "memory") 1)
  (global $at (mut i32) (i32.const 0))
  (global $failed (mut i32) (i32.const 0))
  (global $last (mut i32) (i32.const 64))
  (global $slots (mut i32) (i32.const 0))
  (global $mask (mut i32) (i32.const 0))
  (global $nodes (mut i32) (i32.const 0))
  (global $node (mut i32) (i32.const 0))
  (global $nodeEnd (mut i32) (i32.const 0))
  (global $tags (mut i32) (i32.const 0))
  (global $tag (mut i32) (i32.const 0))
  (global $tagEnd (mut i32) (i32.const 0))
  (global $emitted (mut i32) (i32.const 0))
  (global $emittedEnd (mut i32) (i32.const 0))
  (global $value (mut i32) (i32.const 0))
  (global $valueEnd (mut i32) (i32.const 0))

  ;; Reads a canonical varint of 32 bits; all ones where there is none before `end`, which is neither a tag nor a length.
  (func $varint32 (param $end i32) (result i32)
    (local $at i32) (local $byte i32) (local $value i32) (local $shift i32)
    (local.set $at (global.get $at))
    (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
    (local.set $value (i32.load8_u (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.lt_u (local.get $value) (i32.const 128))
      (then
        (global.set $at (local.get $at))
        (return (local.get $value))))
    (local.set $value (i32.and (local.get $value) (i32.const 127)))
    (local.set $shift (i32.const 7))
    (loop $more
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.and (i32.eq (local.get $shift) (i32.const 28)) (i32.gt_u (local.get $byte) (i32.const 15)))
        (then (return (i32.const -1))))
      (local.set $value
        (i32.or
          (local.get $value)
          (i32.shl (i32.and (local.get $byte) (i32.const 127)) (local.get $shift))))
      (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
      (br_if $more (i32.gt_u (local.get $byte) (i32.const 127))))
    (if (i32.eqz (local.get $byte)) (then (return (i32.const -1))))
    (global.set $at (local.get $at))
    (local.get $value))

  ;; Skips a canonical varint of 64 bits, and answers its width; 0 where there is none before `end`.
  (func $skipVarint (param $end i32) (result i32)
    (local $start i32) (local $at i32) (local $byte i32) (local $width i32)
    (local.set $start (global.get $at))
    (local.set $at (local.get $start))
    (if (i32.gt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 10))
      (then (local.set $end (i32.add (local.get $at) (i32.const 10)))))
    (loop $more
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $more (i32.gt_u (local.get $byte) (i32.const 127))))
    (local.set $width (i32.sub (local.get $at) (local.get $start)))
    (if
      (i32.or
        (i32.and (i32.eqz (local.get $byte)) (i32.gt_u (local.get $width) (i32.const 1)))
        (i32.and (i32.eq (local.get $width) (i32.const 10)) (i32.gt_u (local.get $byte) (i32.const 1))))
      (then (return (i32.const 0))))
    (global.set $at (local.get $at))
    (local.get $width))

  ;; Whether [start, end) is a message as far as one can tell. Its open groups lie in [6144, 8192).
  (func $isMessage (param $at i32) (param $end i32) (result i32)
    (local $tag i32) (local $length i32) (local $top i32)
    (local.set $top (i32.const 6144))
    (block $no
      (loop $field
        (if (i32.lt_u (local.get $at) (local.get $end))
          (then
            ;; Nearly all tags and lengths have one byte.
            (local.set $tag (i32.load8_u (local.get $at)))
            (if (i32.lt_u (local.get $tag) (i32.const 128))
              (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
              (else
                (global.set $at (local.get $at))
                (local.set $tag (call $varint32 (local.get $end)))
                (local.set $at (global.get $at))))
            (br_if $no (i32.lt_u (local.get $tag) (i32.const 8)))
            (block $skip
              (block $fixed32
                (block $groupEnd
                  (block $group
                    (block $delimited
                      (block $fixed64
                        (block $varint
                          (br_table $varint $fixed64 $delimited $group $groupEnd $fixed32 $no
                            (i32.and (local.get $tag) (i32.const 7))))
                        (global.set $at (local.get $at))
                        (br_if $no (i32.eqz (call $skipVarint (local.get $end))))
                        (local.set $at (global.get $at))
                        (br $field))
                      (local.set $length (i32.const 8))
                      (br $skip))
                    (br_if $no (i32.ge_u (local.get $at) (local.get $end)))
                    (local.set $length (i32.load8_u (local.get $at)))
                    (if (i32.lt_u (local.get $length) (i32.const 128))
                      (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
                      (else
                        (global.set $at (local.get $at))
                        (local.set $length (call $varint32 (local.get $end)))
                        (local.set $at (global.get $at))))
                    (br $skip))
                  (if (i32.eq (local.get $top) (i32.const 8192))
                    (then
                      (global.set $failed (i32.const 1))
                      (br $no)))
                  (i32.store (local.get $top) (i32.shr_u (local.get $tag) (i32.const 3)))
                  (local.set $top (i32.add (local.get $top) (i32.const 4)))
                  (br $field))
                (br_if $no (i32.eq (local.get $top) (i32.const 6144)))
                (local.set $top (i32.sub (local.get $top) (i32.const 4)))
                (br_if $field
                  (i32.eq (i32.load (local.get $top)) (i32.shr_u (local.get $tag) (i32.const 3))))
                (br $no))
              (local.set $length (i32.const 4)))
            (br_if $no (i32.gt_u (local.get $length) (i32.sub (local.get $end) (local.get $at))))
            (local.set $at (i32.add (local.get $at) (local.get $length)))
            (br $field))))
      (return (i32.eq (local.get $top) (i32.const 6144))))
    (i32.const 0))

  ;; The node of a tag under a parent, which gets a number with its first use.
  (func $nodeOf (param $parent i32) (param $tag i32) (result i32)
    (local $node i32) (local $last i32)
    ;; Mostly it is the one that came behind the last one before.
    (local.set $last (global.get $last))
    (local.set $node (i32.load offset=48 (local.get $last)))
    (if
      (i32.and
        (i32.eq (i32.load (local.get $node)) (local.get $parent))
        (i32.eq (i32.load offset=4 (local.get $node)) (local.get $tag)))
      (then
        (global.set $last (local.get $node))
        (return (local.get $node))))
    (local.set $node (call $search (local.get $parent) (local.get $tag)))
    (i32.store offset=48 (local.get $last) (local.get $node))
    (global.set $last (local.get $node))
    (local.get $node))

  (func $search (param $parent i32) (param $tag i32) (result i32)
    (local $slot i32) (local $node i32)
    (local.set $slot
      (i32.xor
        (i32.mul (i32.xor (local.get $parent) (i32.const 0x2545f491)) (i32.const 0x9e3779b1))
        (i32.mul (local.get $tag) (i32.const 0x85ebca6b))))
    (local.set $slot
      (i32.shl (i32.xor (local.get $slot) (i32.shr_u (local.get $slot) (i32.const 15))) (i32.const 2)))
    (loop $next
      (local.set $slot (i32.and (local.get $slot) (global.get $mask)))
      (local.set $node (i32.load (i32.add (global.get $slots) (local.get $slot))))
      (if (local.get $node)
        (then
          (if
            (i32.and
              (i32.eq (i32.load (local.get $node)) (local.get $parent))
              (i32.eq (i32.load offset=4 (local.get $node)) (local.get $tag)))
            (then (return (local.get $node))))
          (local.set $slot (i32.add (local.get $slot) (i32.const 4)))
          (br $next))))
    (local.set $node (global.get $node))
    (if (i32.ge_u (local.get $node) (global.get $nodeEnd))
      (then
        (global.set $failed (i32.const 1))
        ;; Any node will do.
        (return (global.get $nodes))))
    (i32.store (i32.add (global.get $slots) (local.get $slot)) (local.get $node))
    (memory.fill (local.get $node) (i32.const 0) (i32.const 64))
    (i32.store (local.get $node) (local.get $parent))
    (i32.store offset=4 (local.get $node) (local.get $tag))
    (i32.store offset=48 (local.get $node) (local.get $node))
    (global.set $node (i32.add (local.get $node) (i32.const 64)))
    (local.get $node))

  ;; The number of a node as a parent of others.
  (func $asParent (param $node i32) (result i32)
    (i32.add
      (i32.shr_u (i32.sub (local.get $node) (global.get $nodes)) (i32.const 6))
      (i32.const 5)))

  ;; The encoded tag of a node with a subtype.
  (func $tagOf (param $node i32) (param $subtype i32) (result i32)
    (local $known i32) (local $place i32)
    (local.set $place (i32.add (local.get $node) (i32.shl (local.get $subtype) (i32.const 1))))
    (local.set $known (i32.load16_u offset=16 (local.get $place)))
    (if (i32.eqz (local.get $known))
      (then
        (if (i32.ge_u (global.get $tag) (global.get $tagEnd))
          (then
            (global.set $failed (i32.const 1))
            (return (i32.const 0))))
        (i32.store (global.get $tag)
          (i32.shr_u (i32.sub (local.get $node) (global.get $nodes)) (i32.const 6)))
        (i32.store offset=4 (global.get $tag) (local.get $subtype))
        (global.set $tag (i32.add (global.get $tag) (i32.const 8)))
        (local.set $known
          (i32.shr_u (i32.sub (global.get $tag) (global.get $tags)) (i32.const 3)))
        (i32.store16 offset=16 (local.get $place) (local.get $known))))
    (i32.sub (local.get $known) (i32.const 1)))

  (func $emit (param $node i32) (param $subtype i32)
    (local $known i32)
    (if (i32.ge_u (global.get $emitted) (global.get $emittedEnd))
      (then
        (global.set $failed (i32.const 1))
        (return)))
    (local.set $known
      (i32.load16_u offset=16 (i32.add (local.get $node) (i32.shl (local.get $subtype) (i32.const 1)))))
    (i32.store (global.get $emitted)
      (if (result i32) (local.get $known)
        (then (i32.sub (local.get $known) (i32.const 1)))
        (else (call $tagOf (local.get $node) (local.get $subtype)))))
    (global.set $emitted (i32.add (global.get $emitted) (i32.const 4))))

  (func $addValue (param $node i32) (param $start i32) (param $length i32)
    (if (i32.ge_u (global.get $value) (global.get $valueEnd))
      (then
        (global.set $failed (i32.const 1))
        (return)))
    (i32.store (global.get $value) (local.get $node))
    (i32.store offset=4 (global.get $value) (local.get $start))
    (i32.store offset=8 (global.get $value) (local.get $length))
    (global.set $value (i32.add (global.get $value) (i32.const 12)))
    (i32.store offset=8 (local.get $node)
      (i32.add (i32.load offset=8 (local.get $node)) (local.get $length))))

  ;; Takes the message from `$at` to `end` apart. Parents of open groups lie in [128, 4096); of open submessages, each with its node and
  ;; the end of what is around it, in [4096, 6144), 16 bytes each.
  (func $addFields (param $end i32)
    (local $parent i32) (local $groups i32) (local $messages i32) (local $tag i32) (local $node i32)
    (local $start i32) (local $length i32) (local $head i32)
    (local.set $parent (i32.const 4))
    (local.set $groups (i32.const 128))
    (local.set $messages (i32.const 4096))
    (loop $field
      (if (i32.lt_u (global.get $at) (local.get $end))
        (then
          (if (global.get $failed) (then (return)))
          (local.set $tag (i32.load8_u (global.get $at)))
          (if (i32.lt_u (local.get $tag) (i32.const 128))
            (then (global.set $at (i32.add (global.get $at) (i32.const 1))))
            (else (local.set $tag (call $varint32 (local.get $end)))))
          (local.set $node (call $nodeOf (local.get $parent) (local.get $tag)))
          (local.set $start (global.get $at))
          (block $fixed
            (block $groupEnd
              (block $group
                (block $delimited
                  (block $fixed64
                    (block $varint
                      (local.set $length (i32.const 4))
                      (br_table $varint $fixed64 $delimited $group $groupEnd $fixed
                        (i32.and (local.get $tag) (i32.const 7))))
                    ;; A small number is part of its encoded tag.
                    (local.set $length (i32.load8_u (local.get $start)))
                    (if (i32.lt_u (local.get $length) (i32.const 4))
                      (then
                        (call $emit (local.get $node) (i32.add (local.get $length) (i32.const 10)))
                        (global.set $at (i32.add (local.get $start) (i32.const 1)))
                        (br $field)))
                    (local.set $length (call $skipVarint (local.get $end)))
                    (call $emit (local.get $node) (i32.sub (local.get $length) (i32.const 1)))
                    (call $addValue (local.get $node) (local.get $start) (local.get $length))
                    (br $field))
                  (local.set $length (i32.const 8))
                  (br $fixed))
                (local.set $head (local.get $start))
                (local.set $length (call $varint32 (local.get $end)))
                (local.set $start (global.get $at))
                (if (local.get $length)
                  (then
                    ;; 100 open submessages and groups are the most.
                    (if
                      (i32.lt_u
                        (i32.add
                          (i32.shr_u (i32.sub (local.get $messages) (i32.const 4096)) (i32.const 4))
                          (i32.shr_u (i32.sub (local.get $groups) (i32.const 128)) (i32.const 2)))
                        (i32.const 100))
                      (then
                        (if
                          (call $isMessage
                            (local.get $start)
                            (i32.add (local.get $start) (local.get $length)))
                          (then
                            (call $emit (local.get $node) (i32.const 1))
                            (drop (call $tagOf (local.get $node) (i32.const 2)))
                            (i32.store (local.get $messages) (local.get $node))
                            (i32.store offset=4 (local.get $messages) (local.get $parent))
                            (i32.store offset=8 (local.get $messages) (local.get $end))
                            (local.set $messages (i32.add (local.get $messages) (i32.const 16)))
                            (local.set $parent (call $asParent (local.get $node)))
                            (local.set $end (i32.add (local.get $start) (local.get $length)))
                            (global.set $at (local.get $start))
                            (br $field)))))))
                (call $emit (local.get $node) (i32.const 0))
                (global.set $at (i32.add (local.get $start) (local.get $length)))
                (call $addValue
                  (local.get $node)
                  (local.get $head)
                  (i32.sub (global.get $at) (local.get $head)))
                (br $field))
              (call $emit (local.get $node) (i32.const 0))
              (if (i32.eq (local.get $groups) (i32.const 4096))
                (then
                  (global.set $failed (i32.const 1))
                  (return)))
              (i32.store (local.get $groups) (local.get $parent))
              (local.set $groups (i32.add (local.get $groups) (i32.const 4)))
              (local.set $parent (call $asParent (local.get $node)))
              (br $field))
            (call $emit (local.get $node) (i32.const 0))
            (local.set $groups (i32.sub (local.get $groups) (i32.const 4)))
            (local.set $parent (i32.load (local.get $groups)))
            (br $field))
          (call $emit (local.get $node) (i32.const 0))
          (call $addValue (local.get $node) (local.get $start) (local.get $length))
          (global.set $at (i32.add (local.get $start) (local.get $length)))
          (br $field)))
      (if (i32.gt_u (local.get $messages) (i32.const 4096))
        (then
          (local.set $messages (i32.sub (local.get $messages) (i32.const 16)))
          (call $emit (i32.load (local.get $messages)) (i32.const 2))
          (local.set $parent (i32.load offset=4 (local.get $messages)))
          (local.set $end (i32.load offset=8 (local.get $messages)))
          (br $field)))))

  ;; Takes apart the records that end where the words [ends, endsEnd) say, as the first words of memory do. Answers 1 if all fitted, else 0.
  (func (export "decompose") (param $ends i32) (param $endsEnd i32) (result i32)
    (local $input i32) (local $start i32) (local $end i32) (local $node i32) (local $others i32)
    (global.set $failed (i32.const 0))
    ;; No node: it is its own successor, and no field has the tag 2^32 - 1.
    (global.set $last (i32.const 64))
    (i32.store offset=4 (i32.const 64) (i32.const -1))
    (i32.store offset=48 (i32.const 64) (i32.const 64))
    (global.set $slots (i32.load (i32.const 0)))
    (global.set $mask (i32.load (i32.const 4)))
    (global.set $nodes (i32.load (i32.const 8)))
    (global.set $node (global.get $nodes))
    (global.set $nodeEnd (i32.load (i32.const 12)))
    (global.set $tags (i32.load (i32.const 16)))
    (global.set $tag (global.get $tags))
    (global.set $tagEnd (i32.load (i32.const 20)))
    (global.set $emitted (i32.load (i32.const 24)))
    (global.set $emittedEnd (i32.load (i32.const 28)))
    (global.set $value (i32.load (i32.const 32)))
    (global.set $valueEnd (i32.load (i32.const 36)))
    (local.set $input (i32.load (i32.const 40)))
    (local.set $start (local.get $input))
    (loop $record
      (if (i32.lt_u (local.get $ends) (local.get $endsEnd))
        (then
          (local.set $end (i32.add (local.get $input) (i32.load (local.get $ends))))
          (if (call $isMessage (local.get $start) (local.get $end))
            (then
              (call $emit (call $nodeOf (i32.const 3) (i32.const 0)) (i32.const 0))
              (global.set $at (local.get $start))
              (call $addFields (local.get $end)))
            (else
              (local.set $node (call $nodeOf (i32.const 1) (i32.const 0)))
              (call $emit (local.get $node) (i32.const 0))
              (call $addValue
                (local.get $node)
                (local.get $start)
                (i32.sub (local.get $end) (local.get $start)))
              (local.set $others (i32.add (local.get $others) (i32.const 1)))))
          (if (global.get $failed) (then (return (i32.const 0))))
          (local.set $start (local.get $end))
          (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
          (br $record))))
    (i32.store (i32.const 8) (global.get $node))
    (i32.store (i32.const 16) (global.get $tag))
    (i32.store (i32.const 24) (global.get $emitted))
    (i32.store (i32.const 32) (global.get $value))
    (i32.store (i32.const 44) (local.get $others))
    (i32.const 1))

  ;; Copies the `length` bytes before `from` to those before `to`, before which `left` bytes, these included, are not filled yet.
  (func $copy (param $to i32) (param $from i32) (param $length i32) (param $left i32)
    (if (i32.lt_u (local.get $left) (i32.and (i32.add (local.get $length) (i32.const 15)) (i32.const -16)))
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

  ;; Puts the values [value, valueEnd) into the columns of their nodes, the last one first. A varint loses bit 7 of its bytes.
  (func (export "fill") (param $value i32) (param $valueEnd i32)
    (local $node i32) (local $from i32) (local $length i32) (local $left i32) (local $to i32)
    (local $tag i32) (local $k i32)
    (loop $next
      (if (i32.lt_u (local.get $value) (local.get $valueEnd))
        (then
          (local.set $node (i32.load (local.get $value)))
          (local.set $from (i32.load offset=4 (local.get $value)))
          (local.set $length (i32.load offset=8 (local.get $value)))
          (local.set $value (i32.add (local.get $value) (i32.const 12)))
          (local.set $left (i32.load offset=8 (local.get $node)))
          (local.set $to (i32.load offset=12 (local.get $node)))
          (i32.store offset=8 (local.get $node) (i32.sub (local.get $left) (local.get $length)))
          (i32.store offset=12 (local.get $node) (i32.sub (local.get $to) (local.get $length)))
          (local.set $tag (i32.load offset=4 (local.get $node)))
          (if (i32.or (i32.and (local.get $tag) (i32.const 7)) (i32.eqz (local.get $tag)))
            (then
              (call $copy
                (local.get $to)
                (i32.add (local.get $from) (local.get $length))
                (local.get $length)
                (local.get $left))
              (br $next)))
          (if (i32.and (i32.lt_u (local.get $length) (i32.const 9)) (i32.gt_u (local.get $left) (i32.const 7)))
            (then
              (i64.store align=1
                (i32.sub (local.get $to) (i32.const 8))
                (i64.and
                  (i64.shl
                    (i64.load align=1 (local.get $from))
                    (i64.extend_i32_u
                      (i32.shl (i32.sub (i32.const 8) (local.get $length)) (i32.const 3))))
                  (i64.const 0x7f7f7f7f7f7f7f7f)))
              (br $next)))
          (local.set $to (i32.sub (local.get $to) (local.get $length)))
          (local.set $k (i32.const 0))
          (loop $bytes
            (i32.store8
              (i32.add (local.get $to) (local.get $k))
              (i32.and
                (i32.load8_u (i32.add (local.get $from) (local.get $k)))
                (i32.const 127)))
            (local.set $k (i32.add (local.get $k) (i32.const 1)))
            (br_if $bytes (i32.lt_u (local.get $k) (local.get $length))))
          (br $next)))))

  ;; Walks the `count` kinds of emitted tags from the last one at `at` to the first: writes the pair of each step from `steps` on, and what
  ;; pairs there are, each the two tags and how often it comes, to [pairs, pairsEnd). The table at `known`, zeros, has a word for each pair
  ;; that there could be. Answers where the pairs end, or 0 if they are too many.
  (func (export "walk")
    (param $first i32) (param $at i32) (param $count i32) (param $known i32) (param $pairs i32)
    (param $pairsEnd i32) (param $steps i32) (result i32)
    (local $from i32) (local $to i32) (local $place i32) (local $pair i32) (local $end i32)
    (local.set $end (local.get $pairs))
    (local.set $from (i32.load (local.get $at)))
    (loop $step
      (if (i32.gt_u (local.get $at) (local.get $first))
        (then
          (local.set $at (i32.sub (local.get $at) (i32.const 4)))
          (local.set $to (i32.load (local.get $at)))
          (local.set $place
            (i32.add
              (local.get $known)
              (i32.shl
                (i32.add (i32.mul (local.get $from) (local.get $count)) (local.get $to))
                (i32.const 2))))
          (local.set $pair (i32.load (local.get $place)))
          (if (i32.eqz (local.get $pair))
            (then
              (if (i32.ge_u (local.get $end) (local.get $pairsEnd)) (then (return (i32.const 0))))
              (local.set $pair (local.get $end))
              (i32.store (local.get $place) (local.get $pair))
              (i32.store (local.get $pair) (local.get $from))
              (i32.store offset=4 (local.get $pair) (local.get $to))
              (i32.store offset=8 (local.get $pair) (i32.const 0))
              (i32.store offset=12 (local.get $pair)
                (i32.shr_u (i32.sub (local.get $pair) (local.get $pairs)) (i32.const 4)))
              (local.set $end (i32.add (local.get $end) (i32.const 16)))))
          (i32.store offset=8 (local.get $pair)
            (i32.add (i32.load offset=8 (local.get $pair)) (i32.const 1)))
          (i32.store (local.get $steps) (i32.load offset=12 (local.get $pair)))
          (local.set $steps (i32.add (local.get $steps) (i32.const 4)))
          (local.set $from (local.get $to))
          (br $step))))
    (local.get $end))

  ;; Writes the transitions of the steps [step, stepsEnd) from `out` on, and answers where they end. A pair has one offset, or a negative one
  ;; if it takes no transition. An offset of 0 is a repeat of the byte before, which can have three.
  (func (export "write")
    (param $step i32) (param $stepsEnd i32) (param $offsets i32) (param $out i32) (result i32)
    (local $offset i32) (local $repeats i32) (local $last i32)
    (local.set $repeats (i32.const 3))
    (loop $next
      (if (i32.lt_u (local.get $step) (local.get $stepsEnd))
        (then
          (local.set $offset
            (i32.load
              (i32.add (local.get $offsets) (i32.shl (i32.load (local.get $step)) (i32.const 2)))))
          (local.set $step (i32.add (local.get $step) (i32.const 4)))
          (br_if $next (i32.lt_s (local.get $offset) (i32.const 0)))
          (if (i32.and (i32.eqz (local.get $offset)) (i32.lt_u (local.get $repeats) (i32.const 3)))
            (then
              (local.set $repeats (i32.add (local.get $repeats) (i32.const 1)))
              (i32.store8
                (i32.sub (local.get $out) (i32.const 1))
                (i32.or (local.get $last) (local.get $repeats)))
              (br $next)))
          (local.set $repeats (i32.const 0))
          (local.set $last (i32.shl (local.get $offset) (i32.const 2)))
          (i32.store8 (local.get $out) (local.get $last))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (br $next))))
    (local.get $out)))
