package hostile

// write is a guest that writes so much to a descriptor at a time, without end; the frame's greeting is what it says.
func write(descriptor, length string) string {
	return `
  (func $attack
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const ` + length + `))
    (loop (drop (call $fd_write (i32.const ` + descriptor + `) (i32.const 0) (i32.const 1) (i32.const 8))) (br 0)))`
}

// again is a guest that calls a function of the host without end.
func again(call string) string { return `(func $attack (loop (drop ` + call + `) (br 0)))` }

var floods = []Guest{
	{Name: "output without end, a byte at a time", Ends: []string{"limit_output", "limit_time"}, text: write("1", "1")},
	{Name: "output without end, much at a time", Ends: []string{"limit_output"}, text: write("1", "60000")},
	{Name: "a log without end, a byte at a time", Ends: []string{"limit_output", "limit_time"}, text: write("2", "1")},
	{Name: "a log without end, much at a time", Ends: []string{"limit_output"}, text: write("2", "60000")},
	{Name: "output of nothing, without end", Ends: endless, text: write("1", "0")},
	{Name: "output to a descriptor that there is not", Ends: endless, text: write("77", "5")},
	{Name: "output of all memory from a thousand places at once", Ends: append([]string{"limit_output"}, endless...), memory: largest, text: `
  (func $attack (local $i i32)
    (loop
      (i32.store (i32.add (i32.const 4096) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0))
      (i32.store (i32.add (i32.const 4100) (i32.shl (local.get $i) (i32.const 3))) (i32.const 62914560))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (loop (drop (call $fd_write (i32.const 1) (i32.const 4096) (i32.const 1000) (i32.const 8))) (br 0)))`},
	{Name: "output from more places than memory holds", Ends: endless, text: again(`(call $fd_write (i32.const 1) (i32.const 1024) (i32.const -1) (i32.const 8))`)},
	{Name: "input read past its end, without end", Ends: endless, text: again(`(call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))`)},
	{Name: "the time asked for without end", Ends: endless, text: again(`(call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 1024))`)},
	{Name: "a MiB of randomness without end", Ends: endless, memory: largest, text: again(`(call $random_get (i32.const 65536) (i32.const 1048576))`)},
	{Name: "all memory full of randomness at once", Ends: endless, memory: largest, text: again(`(call $random_get (i32.const 1024) (i32.const 62913536))`)},
	{Name: "a name as long as all memory", Ends: endless, memory: largest, text: again(`(call $path_filestat_get (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 62914000) (i32.const 1024))`)},
	{Name: "two names as long as all memory", Ends: endless, memory: largest, text: again(`(call $path_rename (i32.const 3) (i32.const 64) (i32.const 62914000) (i32.const 3) (i32.const 64) (i32.const 62914000))`)},
	{Name: "folders listed into all memory", Ends: endless, memory: largest, text: again(`(call $fd_readdir (i32.const 3) (i32.const 1024) (i32.const 62913536) (i64.const 0) (i32.const 64))`)},
	{Name: "four GiB of randomness", Ends: endless, text: again(`(call $random_get (i32.const 0) (i32.const -1))`)},
	{Name: "yielding without end", Ends: endless, text: again(`(call $sched_yield)`)},
	{Name: "arguments and environment asked for without end", Ends: endless, text: again(`(i32.or (call $args_sizes_get (i32.const 1024) (i32.const 1028)) (call $environ_get (i32.const 1024) (i32.const 2048)))`)},
	{Name: "files described without end", Ends: endless, text: again(`(call $path_filestat_get (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 1024))`)},
	{Name: "files opened without end", Ends: endless, text: again(`(call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 1024))`)},
	{Name: "the root opened without end", Ends: endless, text: `
  (data (i32.const 80) ".")` + again(`(call $path_open (i32.const 3) (i32.const 0) (i32.const 80) (i32.const 1) (i32.const 2) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 1024))`)},
	{Name: "a place in a folder that there is not", Ends: endless, text: again(`(call $fd_readdir (i32.const 3) (i32.const 1024) (i32.const 4096) (i64.const -1) (i32.const 64))`)},
	{Name: "descriptors that no table could hold", Ends: endless, text: again(`(i32.or (call $fd_renumber (i32.const 1) (i32.const 0x7fffffff)) (call $fd_renumber (i32.const 0x7fffffff) (i32.const 1)))`)},
	{Name: "room for a file that no disk could hold", Ends: endless, text: again(`(i32.or (call $fd_allocate (i32.const 1) (i64.const 0) (i64.const 0x7fffffffffffffff)) (call $fd_seek (i32.const 0) (i64.const 0x7fffffffffffffff) (i32.const 2) (i32.const 1024)))`)},
	{Name: "an hour's sleep", Ends: []string{"limit_time"}, text: `
  (data (i32.const 1024) "\07\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\a0\b8\30\46\03\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  (func $attack (loop (drop (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 4096))) (br 0)))`},
	{Name: "a thousand sleeps at once", Ends: []string{"limit_time"}, memory: largest, text: `
  (func $attack (local $i i32)
    (loop
      (i32.store8 (i32.add (i32.const 65552) (i32.mul (local.get $i) (i32.const 48))) (i32.const 1))
      (i64.store (i32.add (i32.const 65560) (i32.mul (local.get $i) (i32.const 48))) (i64.const 3600000000000))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (loop (drop (call $poll_oneoff (i32.const 65536) (i32.const 262144) (i32.const 1000) (i32.const 4096))) (br 0)))`},
	{Name: "more sleeps than memory holds", Ends: endless, text: again(`(call $poll_oneoff (i32.const 1024) (i32.const 1024) (i32.const -1) (i32.const 8))`)},
	{Name: "sleeping for no time, without end", Ends: endless, text: `
  (data (i32.const 1040) "\01")
  ` + again(`(call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 4096))`)},
	{Name: "waiting for input that does not come", Ends: endless, text: `
  (data (i32.const 1032) "\01")
  ` + again(`(call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 4096))`)},
}
