package hostile

var tables = []Guest{
	{Name: "a table that is filled again and again", Ends: endless, table: `(table 1000000 funcref)`, text: `
  (func $attack (loop (table.fill 0 (i32.const 0) (ref.null func) (i32.const 1000000)) (br 0)))`},
	{Name: "a table that is copied onto itself again and again", Ends: endless, table: `(table 1000000 funcref)`, text: `
  (func $attack (loop (table.copy (i32.const 1) (i32.const 0) (i32.const 999999)) (br 0)))`},
	{Name: "a table that is begun anew again and again", Ends: endless, table: `(table 100000 funcref)`, text: `
  (elem $e func ` + names("$attack", 100_000) + `)
  (func $attack (loop (table.init $e (i32.const 0) (i32.const 0) (i32.const 100000)) (br 0)))`},
	{Name: "a table that grows by one as long as it may", Ends: endless, table: `(table 0 funcref)`, text: `
  (func $attack (loop (drop (table.grow 0 (ref.null func) (i32.const 1))) (br 0)))`},
	{Name: "a table that grows by much at once", Ends: endless, table: `(table 0 externref)`, text: `
  (func $attack (loop (drop (table.grow 0 (ref.null extern) (i32.const 0x7fffffff))) (drop (table.grow 0 (ref.null extern) (i32.const -1))) (br 0)))`},
	{Name: "eight tables that grow as far as they may", Ends: endless, table: `
  (table $a 0 funcref) (table $b 0 funcref) (table $c 0 funcref) (table $d 0 funcref)
  (table $e 0 funcref) (table $f 0 funcref) (table $g 0 funcref) (table $h 0 funcref)`, text: `
  (func $attack
    (loop
      (drop (table.grow $a (ref.null func) (i32.const 1000))) (drop (table.grow $b (ref.null func) (i32.const 1000)))
      (drop (table.grow $c (ref.null func) (i32.const 1000))) (drop (table.grow $d (ref.null func) (i32.const 1000)))
      (drop (table.grow $e (ref.null func) (i32.const 1000))) (drop (table.grow $f (ref.null func) (i32.const 1000)))
      (drop (table.grow $g (ref.null func) (i32.const 1000))) (drop (table.grow $h (ref.null func) (i32.const 1000)))
      (br 0)))`},
	{Name: "references to a function without end", Ends: endless, table: `(table 1 funcref) (elem (i32.const 0) $attack)`, text: `
  (func $attack (loop (table.set 0 (i32.const 0) (ref.func $attack)) (br 0)))`},
	{Name: "references that nobody keeps", Ends: endless, table: `(table 1 funcref) (elem (i32.const 0) $attack)`, text: `
  (func $attack (loop (drop (ref.func $attack)) (br 0)))`},
}

// largest is a guest's whole memory, 60 MiB of the 64 that it may have.
const largest = `(memory (export "memory") 960)`

// greedy are the ends of what takes memory: its limit, where the guest gives up when it is refused, or its time.
var greedy = []string{"limit_memory", "limit_time", "limit_fuel"}

var memories = []Guest{
	{Name: "all memory filled again and again", Ends: endless, memory: largest, text: `
  (func $attack (loop (memory.fill (i32.const 1024) (i32.const 7) (i32.const 62913536)) (br 0)))`},
	{Name: "all memory copied onto itself towards the end", Ends: endless, memory: largest, text: `
  (func $attack (loop (memory.copy (i32.const 1025) (i32.const 1024) (i32.const 62913535)) (br 0)))`},
	{Name: "all memory copied onto itself towards the start", Ends: endless, memory: largest, text: `
  (func $attack (loop (memory.copy (i32.const 1024) (i32.const 1025) (i32.const 62913535)) (br 0)))`},
	{Name: "data that is written again and again", Ends: endless, memory: largest, text: `
  (data $d "` + repeat("0123456789abcdef", 4096) + `")
  (func $attack (loop (memory.init $d (i32.const 1024) (i32.const 0) (i32.const 65536)) (br 0)))`},
	{Name: "filling nothing, without end", Ends: endless, text: `
  (func $attack (loop (memory.fill (i32.const 1024) (i32.const 7) (i32.const 0)) (br 0)))`},
	{Name: "memory that grows by one page until it is refused", Ends: greedy, text: `
  (func $attack (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable))`},
	{Name: "memory that grows by one page and is refused without end", Ends: endless, text: `
  (func $attack (loop (drop (memory.grow (i32.const 1))) (br 0)))`},
	{Name: "memory that wants all there is at once", Ends: greedy, text: `
  (func $attack (if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then (unreachable))))`},
	{Name: "memory that grows by nothing, without end", Ends: endless, text: `
  (func $attack (loop (drop (memory.grow (i32.const 0))) (br 0)))`},
	{Name: "memory that grows, every byte of it written", Ends: greedy, text: `
  (func $attack (local $at i32)
    (loop
      (local.set $at (i32.shl (memory.grow (i32.const 16)) (i32.const 16)))
      (if (i32.eq (local.get $at) (i32.const -65536)) (then (unreachable)))
      (memory.fill (local.get $at) (i32.const 7) (i32.const 1048576))
      (br 0)))`},
}
