package worker

import "errors"

// GiveUp is all that a worker gives up before it sees a guest.
func GiveUp(cache string, room uint64) error {
	return errors.Join(giveUpRights(), limitRoom(room), fence(cache))
}

// Seal is what it gives up before it runs one.
func Seal() error { return seal() }

// ThreadsOf is how many threads a process has.
func ThreadsOf(pid int) (n int, known bool) { return threadsOf(pid) }
