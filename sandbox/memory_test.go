package sandbox_test

import (
	"slices"
	"sync"
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox"
)

// What a call wrote into its memory is not there for the next one, which may have the same room and begin at once.
func TestMemoryIsZeroForEveryCall(t *testing.T) {
	var body []byte
	for _, at := range [][]byte{{0x00}, {0x80, 0x20}, {0xfc, 0xff, 0x03}} { // the beginning, the middle, the end of a page
		where := append([]byte{guesttest.Const}, at...)
		body = slices.Concat(body, where, []byte{guesttest.Load, 2, 0, guesttest.If, guesttest.Block, guesttest.Unreachable, guesttest.End},
			where, []byte{guesttest.Const, 7, 0x36, 2, 0})
	}
	guest := compile(t, guesttest.Module{Pages: 1, Body: body}.Bytes())
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() {
			for range 100 {
				if _, err := guest.Run(t.Context(), sandbox.Call{Limits: generous}); err != nil {
					t.Errorf("Run() = %v; want memory that is zero", err)
					return
				}
			}
		})
	}
	calls.Wait()
}
