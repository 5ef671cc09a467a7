package main

import (
	"syscall"
	"time"
)

// rusageThread is RUSAGE_THREAD of getrusage(2), which the standard library does not name.
const rusageThread = 1

// processor is the time of a processor that this thread has had: what other programs do meanwhile is not in it. The
// caller holds its thread.
func processor() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(rusageThread, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
