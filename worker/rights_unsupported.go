//go:build !linux

package worker

import (
	"runtime/debug"
	"syscall"
)

// endWithParent has nothing to set: elsewhere the end of its connection alone ends a worker.
func endWithParent(*syscall.SysProcAttr) {}

// giveUpRights has nothing that it could give up here.
func giveUpRights() error { return nil }

// limitRoom asks Go's collector to stay below room; the system sets no limit here.
func limitRoom(room uint64) error {
	debug.SetMemoryLimit(int64(room / 4 * 3))
	return nil
}
