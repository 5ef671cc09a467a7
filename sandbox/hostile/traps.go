package hostile

var (
	trap = []string{"trap"}
	exit = []string{"exit"}
)

var traps = []Guest{
	{Name: "a trap at once", Ends: trap, text: `(func $attack (unreachable))`},
	{Name: "a trap at the bottom of many calls", Ends: trap, text: `
  (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))) (else (unreachable))))
  (func $attack (call $down (i32.const 5000)))`},
	{Name: "a division by nothing", Ends: trap, text: `(func $attack (drop (i32.div_u (i32.const 1) (i32.const 0))))`},
	{Name: "a division that has no result", Ends: trap, text: `(func $attack (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))`},
	{Name: "a number that is none made whole", Ends: trap, text: `(func $attack (drop (i32.trunc_f64_s (f64.const nan))))`},
	{Name: "reading past all memory", Ends: trap, text: `(func $attack (drop (i64.load offset=0xffffffff (i32.const -1))))`},
	{Name: "writing past all memory", Ends: trap, text: `(func $attack (i64.store (i32.const 65529) (i64.const -1)))`},
	{Name: "filling past all memory", Ends: trap, text: `(func $attack (memory.fill (i32.const 65535) (i32.const 7) (i32.const -1)))`},
	{Name: "copying from below the start", Ends: trap, text: `(func $attack (memory.copy (i32.const 0) (i32.const -8) (i32.const 16)))`},
	{Name: "a call of nothing", Ends: trap, table: `(table 8 funcref)`, text: `(func $attack (call_indirect (i32.const 3)))`},
	{Name: "a call outside the table", Ends: trap, table: `(table 8 funcref)`, text: `(func $attack (call_indirect (i32.const -1)))`},
	{Name: "a call as something that it is not", Ends: trap, table: `(table 1 funcref) (elem (i32.const 0) $attack)`, text: `
  (func $attack (drop (call_indirect (param i64 i64) (result i64) (i64.const 1) (i64.const 2) (i32.const 0))))`},
	{Name: "an exit with every bit set", Ends: exit, text: `(func $attack (call $proc_exit (i32.const -1)))`},
	{Name: "an exit from the bottom of many calls", Ends: exit, text: `
  (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))) (else (call $proc_exit (i32.const 9)))))
  (func $attack (call $down (i32.const 5000)))`},
	{Name: "standard output closed, and written to", Ends: []string{"fine"}, text: `
  (func $attack
    (drop (call $fd_close (i32.const 0))) (drop (call $fd_close (i32.const 1))) (drop (call $fd_close (i32.const 2))) (drop (call $fd_close (i32.const 3)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))`},
	{Name: "answers of the host written outside memory", Ends: []string{"fine"}, text: `
  (func $attack
    (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const -1)))
    (drop (call $fd_prestat_get (i32.const 3) (i32.const 65533)))
    (drop (call $fd_filestat_get (i32.const 3) (i32.const -64)))
    (drop (call $random_get (i32.const 65535) (i32.const 2)))
    (drop (call $environ_get (i32.const -4) (i32.const -4)))
    (drop (call $fd_read (i32.const 0) (i32.const -8) (i32.const 1) (i32.const -1)))
    (drop (call $fd_pread (i32.const 0) (i32.const 65529) (i32.const 2) (i64.const -1) (i32.const 65535))))`},
}
