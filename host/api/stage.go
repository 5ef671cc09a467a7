package api

import (
	"context"
	"sync"
)

// stage says whether one of the two programs should be seen, and counts the changes so that a long poll misses none.
// The programs show, hide and raise themselves by it.
type stage struct {
	mu      sync.Mutex
	n       uint64
	visible bool
	raised  uint64
	wake    chan struct{}
}

// StageState is what a program should do with its window.
type StageState struct {
	N       uint64 `json:"n"`
	Visible bool   `json:"visible"`
	Raise   bool   `json:"raise" doc:"bring it to the front: the person asked for it"`
	Title   string `json:"title"`
}

func newStage(visible bool) *stage {
	return &stage{n: 1, visible: visible, wake: make(chan struct{})}
}

// set changes what is seen; raise asks for the front.
func (s *stage) set(visible, raise bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	s.visible = visible
	if raise {
		s.raised = s.n
	}
	close(s.wake)
	s.wake = make(chan struct{})
}

// wait blocks until something changed after n, or ctx ends.
func (s *stage) wait(ctx context.Context, n uint64, title string) StageState {
	for {
		s.mu.Lock()
		state := StageState{N: s.n, Visible: s.visible, Raise: s.raised > n, Title: title}
		wake := s.wake
		s.mu.Unlock()
		if state.N != n {
			return state
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return state
		}
	}
}
