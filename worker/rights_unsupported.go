//go:build !linux

package worker

import (
	"runtime/debug"
	"syscall"
)

// Bounds says in words what the system itself holds a worker to on this machine, whatever its code does.
func Bounds() string {
	return "this system sets none; a worker that takes too long is ended, one that takes too much memory only by its own collector"
}

// endWithParent has nothing to set: elsewhere the end of its connection alone ends a worker.
func endWithParent(*syscall.SysProcAttr) {}

// giveUpRights has nothing that it could give up here.
func giveUpRights() error { return nil }

// limitRoom asks Go's collector to stay below room; the system sets no limit here.
func limitRoom(room uint64) error {
	debug.SetMemoryLimit(int64(room / 4 * 3))
	return nil
}
