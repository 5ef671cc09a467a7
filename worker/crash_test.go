//go:build linux

package worker_test

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/worker"
	"gatehouse/worker/wire"
)

func init() { hostiles["crashes"] = raw(func(c net.Conn) error { return serveOn(c, crasher{}) }) }

// ways are how a worker ends in the middle of a call.
var ways = map[string]func(){
	"killed":        func() { syscall.Kill(syscall.Getpid(), syscall.SIGKILL) },
	"no memory":     func() { exhaust() },
	"deep":          func() { debug.SetMaxStack(1 << 20); depth = deep(0) },
	"runtime fault": func() { new(sync.Mutex).Unlock() },
	"panic":         func() { go panic("of a goroutine of its own") },
	"bad call":      forbidden,
	"fault in code": func() { syscall.Kill(syscall.Getpid(), syscall.SIGSEGV) },
	"leaves":        func() { syscall.Exit(7) },
}

var sink [][]byte

// exhaust is what a compiler does that needs more than the worker may take.
func exhaust() {
	if err := worker.GiveUp("", 256<<20); err != nil {
		panic(err)
	}
	for {
		sink = append(sink, make([]byte, 64<<20))
		for i := 0; i < 64<<20; i += 4096 {
			sink[len(sink)-1][i] = 1
		}
	}
}

var depth int

func deep(n int) int {
	if n < 0 {
		return 0
	}
	return deep(n+1) + n
}

// forbidden makes a system call that a filter answers with the end of the process.
func forbidden() {
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_UNAME, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})))
	unix.Uname(new(unix.Utsname))
}

// crasher ends as the call's environment says, and otherwise well.
type crasher struct{ impostor }

func (crasher) Call(_ context.Context, s wire.Worker_CallServer) error {
	first, err := s.Recv()
	if err != nil {
		return err
	}
	if way := ways[first.GetStart().GetEnvironment()["way"]]; way != nil {
		way()
		sleep()
	}
	return finish(s, &wire.End{Outcome: wire.End_FINE})
}

// However a worker ends, the call gets a sentence, and the next call a worker.
func TestACrashIsAnErrorMessage(t *testing.T) {
	for way, want := range map[string]string{
		"killed":        "the worker ended: the system or another program killed it (signal: killed), as the system does where memory runs out",
		"no memory":     "the worker ended: limit_memory: the limit is *",
		"deep":          "the worker ended: exit status 2, saying \"fatal error: stack overflow\"",
		"runtime fault": "the worker ended: exit status 2, saying \"fatal error: sync: unlock of unlocked mutex\"",
		"panic":         "the worker ended: exit status 2, saying \"panic: of a goroutine of its own\"",
		"bad call":      "the worker ended: it wanted something of the system that no skill needs (signal: bad system call*",
		"fault in code": "the worker ended: exit status 2, saying \"*",
		"leaves":        "the worker ended: exit status 7",
	} {
		t.Run(way, func(t *testing.T) {
			if raced && way == "no memory" {
				t.Skip("the race detector is out of memory before Go is, and says so in its own words")
			}
			p := pool(t, nil, "hostile", "crashes")
			job := task(guesttest.Module{}.Bytes(), guesttest.Order{})
			job.Env = map[string]string{"way": way}
			_, err := p.Run(t.Context(), job, powers.Set{})
			if !errors.Is(err, worker.ErrCrashed) || !matches(err.Error(), want) {
				t.Errorf("Run() = %v; want %s", err, want)
			}
			if strings.Contains(err.Error(), "goroutine 1") {
				t.Errorf("Run() = %v; want no trace of a stack", err)
			}
			job.Env = nil
			if _, err := p.Run(t.Context(), job, powers.Set{}); err != nil {
				t.Errorf("the next call = %v; want it to run", err)
			}
		})
	}
}
