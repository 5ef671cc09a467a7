package worker

import (
	"os"

	"golang.org/x/sys/windows"
)

// noFollow is nothing here: what is opened is compared with what was looked at.
const noFollow = 0

// lockAlone says whether f is locked by nobody else, and then locks it.
func lockAlone(f *os.File) bool {
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{}) == nil
}

// lockShared locks f unless somebody has it alone; others may lock it in this way too.
func lockShared(f *os.File) bool {
	_ = windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &windows.Overlapped{})
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{}) == nil
}
