//go:build amd64 || arm64

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gatehouse/powers"
	"gatehouse/worker"
	"gatehouse/worker/wire"
)

func init() { hostiles["owner"] = raw(func(c net.Conn) error { return serveOn(c, &owner{}) }) }

// owner stands for a guest that has taken over its worker after the worker gave up what it does not need.
type owner struct {
	cache  string
	report strings.Builder
}

func (o *owner) Load(_ context.Context, s wire.Worker_LoadServer) (*wire.Loaded, error) {
	first, err := s.Recv()
	if err != nil {
		return nil, err
	}
	o.cache = first.GetStart().GetCache()
	if err := worker.GiveUp(o.cache, first.GetStart().GetRoom()); err != nil {
		return nil, err
	}
	for _, a := range attacks { // as the code that took over the compiler
		fmt.Fprintf(&o.report, "%s: %v\n", a.name, a.try(o.cache))
	}
	if err := worker.Seal(); err != nil {
		return nil, err
	}
	for {
		if _, err := s.Recv(); err != nil {
			return &wire.Loaded{}, nil
		}
	}
}

// Call tries everything and says what came of it, a line each.
func (o *owner) Call(_ context.Context, s wire.Worker_CallServer) error {
	if _, err := s.Recv(); err != nil {
		return err
	}
	for _, a := range slices.Concat(attacks, sealed) {
		fmt.Fprintf(&o.report, "%s, sealed: %v\n", a.name, a.try(o.cache))
	}
	say(s, &wire.Output{Stdout: []byte(o.report.String())})
	return finish(s, &wire.End{Outcome: wire.End_FINE})
}

// parent is known from before.
var parent = os.Getppid()

// attack is one thing that a program tries; nil says that it worked.
type attack struct {
	name string
	try  func(cache string) error
}

// attacks are what a program does that wants something of the person's.
var attacks = []attack{
	{"read the list of users", func(string) error { _, err := os.ReadFile("/etc/passwd"); return err }},
	{"list the top folder", func(string) error { _, err := os.ReadDir("/"); return err }},
	{"list the home folder", func(string) error { _, err := os.ReadDir(os.Getenv("HOME") + "/."); return err }},
	{"write beside the cache", func(c string) error { return os.WriteFile(filepath.Dir(c)+"/x", nil, 0o600) }},
	{"read beside the cache", func(c string) error { _, err := os.ReadDir(filepath.Dir(c)); return err }},
	{"follow a link out of the cache", func(c string) error { return errors.Join(os.Symlink("/etc", c+"/out"), readable(c+"/out/passwd")) }},
	{"link a file into the cache", func(c string) error { return os.Link("/etc/passwd", c+"/in") }},
	{"make a device", func(c string) error { return unix.Mknod(c+"/device", unix.S_IFCHR|0o600, 1<<8|3) }},
	{"change a file's mode", func(c string) error { return os.Chmod(filepath.Dir(c), 0o700) }},
	{"change an open file's mode", func(string) error { return unix.Fchmod(pipe(), 0o600) }},
	{"change a file's times", func(c string) error { return os.Chtimes(filepath.Dir(c), time.Now(), time.Now()) }},
	{"look at a file", func(string) error { _, err := os.Stat("/etc/passwd"); return err }},
	{"look at a file in a new way", func(string) error {
		return unix.Statx(unix.AT_FDCWD, "/etc/passwd", 0, unix.STATX_ALL, new(unix.Statx_t))
	}},
	{"ask for its rights on a file", func(string) error { return unix.Access("/etc/passwd", unix.R_OK) }},
	{"hold a file without opening it", func(string) error { _, err := unix.Open("/etc/passwd", unix.O_PATH, 0); return err }},
	{"read where a link leads", func(string) error { _, err := os.Readlink("/proc/self/exe"); return err }},
	{"go to another folder", func(string) error { return unix.Chdir("/etc") }},
	{"have its parent signalled", func(string) error { _, err := unix.FcntlInt(uintptr(pipe()), unix.F_SETOWN, parent); return err }},
	{"choose with what", func(string) error {
		_, err := unix.FcntlInt(uintptr(pipe()), unix.F_SETSIG, int(unix.SIGKILL))
		return err
	}},
	{"have it signalled in a new way", func(string) error {
		owner := [2]int32{1, int32(parent)} // F_OWNER_PID
		return call(unix.SYS_FCNTL, uintptr(pipe()), unix.F_SETOWN_EX, uintptr(unsafe.Pointer(&owner)))
	}},
	{"take room for its pipes", func(string) error { _, err := unix.FcntlInt(uintptr(pipe()), unix.F_SETPIPE_SZ, 1<<20); return err }},
	{"read its own program", func(string) error { return readable("/proc/self/exe") }},
	{"read its parent's memory", func(string) error { return readable(fmt.Sprintf("/proc/%d/mem", parent)) }},
	{"look into its parent", func(string) error {
		local, remote := unix.Iovec{Base: new(byte), Len: 1}, unix.RemoteIovec{Base: 0x400000, Len: 1}
		_, err := unix.ProcessVMReadv(parent, []unix.Iovec{local}, []unix.RemoteIovec{remote}, 0)
		return err
	}},
	{"trace its parent", func(string) error { return unix.PtraceAttach(parent) }},
	{"signal its parent", func(string) error { return unix.Kill(parent, 0) }},
	{"signal its parent's thread", func(string) error { return unix.Tgkill(parent, parent, 0) }},
	{"signal everybody", func(string) error { return unix.Kill(-1, 0) }},
	{"start a program", func(string) error { return exec.Command("/bin/true").Run() }},
	{"become a program", func(string) error { return syscall.Exec("/bin/true", []string{"true"}, nil) }},
	{"make a process", func(string) error { return call(unix.SYS_CLONE, uintptr(unix.SIGCHLD)) }},
	{"make a process in a new way", func(string) error { return call(unix.SYS_CLONE3, 0, 0) }},
	{"connect to the network", func(string) error { _, err := net.Dial("tcp", "127.0.0.1:80"); return err }},
	{"send a datagram", func(string) error { _, err := net.Dial("udp", "127.0.0.1:53"); return err }},
	{"listen", func(string) error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err }},
	{"make a socket of the system", func(string) error { _, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
	{"make a socketpair", func(string) error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
	{"make files of memory", func(string) error { _, err := unix.MemfdCreate("x", 0); return err }},
	{"leave its namespaces", func(string) error { return unix.Unshare(unix.CLONE_NEWUSER) }},
	{"mount", func(c string) error { return unix.Mount("none", c, "tmpfs", 0, "") }},
	{"use the kernel's rings", func(string) error { return call(unix.SYS_IO_URING_SETUP, 1, 0) }},
	{"load a program into the kernel", func(string) error { return call(unix.SYS_BPF, 0, 0, 0) }},
	{"use the kernel's keys", func(string) error { return call(unix.SYS_KEYCTL, 0, 0, 0) }},
	{"handle faults of its own", func(string) error { return call(unix.SYS_USERFAULTFD, 0) }},
	{"raise its limits", func(string) error {
		return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 4096, Max: 4096})
	}},
	{"be debugged again", func(string) error { return unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) }},
}

// sealed are those that fail once code is compiled: not even whether a name is there can be learned.
var sealed = []attack{
	{"learn that a file is there", func(string) error { return readable("/etc/passwd") }},
	{"learn that none is there", func(string) error { return readable("/no/such/file") }},
	{"open what is open", func(string) error { return readable("/dev/fd/0") }},
	{"make a file in the cache", func(c string) error { return os.WriteFile(c+"/x", nil, 0o600) }},
	{"remove the cache", func(c string) error { return os.Remove(c) }},
	{"rename the cache", func(c string) error { return os.Rename(c, c+"x") }},
}

// pipe is one end of a pipe of its own.
func pipe() int {
	var ends [2]int
	_ = unix.Pipe2(ends[:], unix.O_CLOEXEC)
	return ends[1]
}

func readable(path string) error {
	f, err := os.Open(path)
	if err == nil {
		_, err = f.Read(make([]byte, 1))
		f.Close()
	}
	return err
}

func call(number uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	pid, _, errno := syscall.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return errno
	}
	if number == unix.SYS_CLONE && pid == 0 { // the child, which must not go on as if it were this program
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	return nil
}

// A guest that owns its worker has gained nothing: every attack fails because it is not permitted, or because what it
// would need does not exist there.
func TestWhoeverOwnsAWorkerHasGainedNothing(t *testing.T) {
	words, whole := worker.Fence()
	if !whole {
		t.Skip("this kernel has no Landlock, and the fence says so: " + words)
	}
	report := confession(t, "owner", powers.Set{})
	said := map[string]string{}
	for line := range strings.Lines(report) {
		name, got, _ := strings.Cut(line, ": ")
		said[name] = strings.TrimSpace(got)
	}
	for _, a := range attacks {
		for _, name := range []string{a.name, a.name + ", sealed"} {
			got := said[name]
			if !strings.Contains(got, "operation not permitted") && !strings.Contains(got, "permission denied") && !strings.Contains(got, "function not implemented") {
				t.Errorf("%s: %s; want that it is not permitted", name, got)
			}
		}
	}
	for _, a := range sealed {
		if got := said[a.name+", sealed"]; !strings.Contains(got, "operation not permitted") {
			t.Errorf("%s: %s; want that it is not permitted", a.name, got)
		}
	}
}
