package sandbox

import "github.com/tetratelabs/wazero"

// stoppable makes the end of a call's context end its guest. This is the only place that may use
// WithCloseOnContextDone; it stands until guests carry a meter of their own, and it has three faults. The check sits
// at the head of a loop, so a tree of calls without loops, one long bulk operation and the compiler run on past it:
// the host kills the worker then. It makes tight loops 16 to 29 times slower. And a guest between two checks keeps
// Go's collector waiting, and with it every other call of this worker.
func stoppable(c wazero.RuntimeConfig) wazero.RuntimeConfig { return c.WithCloseOnContextDone(true) }
