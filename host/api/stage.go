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
	title   string
	notice  *Notice
	wake    chan struct{}
}

// StageState is what a program should do with its window.
type StageState struct {
	N       uint64 `json:"n"`
	Visible bool   `json:"visible"`
	Raise   bool   `json:"raise" doc:"bring it to the front: the person asked for it"`
	Title   string `json:"title"`
	// Notice is what the system shows of a question while the person is elsewhere; absent where there is nothing to
	// tell, and one that is shown is then taken back.
	Notice *Notice `json:"notice,omitempty"`
}

func newStage(visible bool, title string) *stage {
	return &stage{n: 1, visible: visible, title: title, wake: make(chan struct{})}
}

// set changes what is seen; raise asks for the front.
func (s *stage) set(visible, raise bool) {
	s.change(func() {
		s.visible = visible
		if raise {
			s.raised = s.n
		}
	})
}

// call changes the title, and what the system shows of it.
func (s *stage) call(title string, notice *Notice) {
	s.change(func() { s.title, s.notice = title, notice })
}

// rename changes the title alone.
func (s *stage) rename(title string) {
	s.mu.Lock()
	same := s.title == title
	s.mu.Unlock()
	if !same {
		s.change(func() { s.title = title })
	}
}

func (s *stage) change(to func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	to()
	close(s.wake)
	s.wake = make(chan struct{})
}

// wait blocks until something changed after n, or ctx ends.
func (s *stage) wait(ctx context.Context, n uint64) StageState {
	for {
		s.mu.Lock()
		state := StageState{N: s.n, Visible: s.visible, Raise: s.raised > n, Title: s.title, Notice: s.notice}
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
