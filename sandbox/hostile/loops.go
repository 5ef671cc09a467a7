package hostile

// endless are the ends of what would never end: its time, or, where it is given little, its fuel.
var endless = []string{"limit_time", "limit_fuel"}

var loops = []Guest{
	{Name: "a loop that only branches back", Ends: endless, text: `(func $attack (loop (br 0)))`},
	{Name: "a loop that branches on a condition", Ends: endless, text: `(func $attack (loop (br_if 0 (i32.const 1))))`},
	{Name: "a loop by a table of branches", Ends: endless, text: `(func $attack (loop (br_table 0 0 0 (i32.const 7))))`},
	{Name: "a loop in an if in a block", Ends: endless, text: `(func $attack (loop (block (if (i32.const 1) (then (br 2))))))`},
	{Name: "a loop that carries values", Ends: endless, text: `
  (func $attack (local i64)
    (drop (i64.const 1) (loop (param i64) (result i64) (i64.mul (i64.const 3)) (br 0))))`},
	{Name: "a loop in a function that is called", Ends: endless, text: `
  (func $spin (loop (br 0)))
  (func $attack (call $spin))`},
	{Name: "a loop that calls a function that does nothing", Ends: endless, text: `
  (func $nothing)
  (func $attack (loop (call $nothing) (br 0)))`},
	{Name: "a count to the end of 64 bits", Ends: endless, text: `
  (func $attack (local $n i64)
    (loop (local.set $n (i64.add (local.get $n) (i64.const 1))) (br_if 0 (i64.ne (local.get $n) (i64.const 0)))))`},
	{Name: "loops in loops, each of them short", Ends: endless, text: `
  (func $attack (local $a i32) (local $b i32) (local $c i32)
    (local.set $a (i32.const 100000))
    (loop $l1
      (local.set $b (i32.const 100000))
      (loop $l2
        (local.set $c (i32.const 100000))
        (loop $l3 (br_if $l3 (local.tee $c (i32.sub (local.get $c) (i32.const 1)))))
        (br_if $l2 (local.tee $b (i32.sub (local.get $b) (i32.const 1)))))
      (br_if $l1 (local.tee $a (i32.sub (local.get $a) (i32.const 1))))))`},
	{Name: "a loop of divisions, the slowest of instructions", Ends: endless, text: `
  (func $attack (local $n i64)
    (loop
      (local.set $n (i64.or (i64.div_u (i64.const -1) (i64.or (local.get $n) (i64.const 3))) (i64.rem_s (local.get $n) (i64.const 7))))
      (br 0)))`},
	{Name: "a loop over numbers that are none", Ends: endless, text: `
  (func $attack (local $x f64)
    (loop
      (local.set $x (f64.sqrt (f64.sub (f64.div (local.get $x) (f64.const 0)) (f64.const nan:0x4000000000001))))
      (br 0)))`},
	{Name: "a loop over all memory, a page at a step", Ends: endless, memory: `(memory (export "memory") 512)`, text: `
  (func $attack (local $p i32)
    (loop
      (i64.store (local.get $p) (i64.const -1))
      (local.set $p (i32.and (i32.add (local.get $p) (i32.const 4096)) (i32.const 0x1ffffff)))
      (br 0)))`},
}

// A tree of calls doubles at every level: 2^60 calls without a loop, never more than 60 deep.
var calls = []Guest{
	{Name: "a tree of calls", Ends: endless, text: `
  (func $tree (param i32)
    (if (local.get 0) (then
      (call $tree (i32.sub (local.get 0) (i32.const 1)))
      (call $tree (i32.sub (local.get 0) (i32.const 1))))))
  (func $attack (call $tree (i32.const 60)))`},
	{Name: "a tree of calls through a table", Ends: endless, table: `(table 1 funcref) (elem (i32.const 0) $tree)`, text: `
  (type $t (func (param i32)))
  (func $tree (type $t)
    (if (local.get 0) (then
      (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))
      (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
  (func $attack (call $tree (i32.const 60)))`},
	{Name: "a tree of functions that call no other but the next", Ends: endless, text: chain(40)},
	{Name: "endless recursion", Ends: []string{"limit_stack"}, text: `(func $attack (call $attack))`},
	{Name: "endless recursion of two", Ends: []string{"limit_stack"}, text: `
  (func $other (call $attack))
  (func $attack (call $other))`},
	{Name: "endless recursion through a table", Ends: []string{"limit_stack"}, table: `(table 1 funcref) (elem (i32.const 0) $attack)`, text: `
  (func $attack (call_indirect (i32.const 0)))`},
	{Name: "endless recursion with thousands of locals", Ends: []string{"limit_stack"}, text: `
  (func $attack ` + local(5000) + ` (call $attack))`},
	{Name: "endless recursion with thousands of values on the stack", Ends: []string{"limit_stack"}, text: `
  (func $deep (result i64) ` + sum(2000) + `)
  (func $attack (drop (call $deep)))`},
	{Name: "endless recursion below a condition that never comes", Ends: []string{"limit_stack"}, text: `
  (func $down (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0)) (else (i64.add (i64.const 1) (call $down (i64.add (local.get 0) (i64.const 2)))))))
  (func $attack (drop (call $down (i64.const 1))))`},
}
