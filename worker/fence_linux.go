//go:build amd64 || arm64

package worker

import (
	"fmt"
	"os"
	"slices"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	abi "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Fence says in words what keeps a worker from everything but its cache folder on this machine.
func Fence() (words string, whole bool) {
	version, err := abi.LandlockGetABIVersion()
	if err != nil || version < 1 {
		return "seccomp alone; this kernel has no Landlock, so code that broke out while it was compiled could open your files", false
	}
	return fmt.Sprintf("Landlock (version %d) and seccomp", version), true
}

// fence is done after the last right was needed and before any byte of a guest is here: from then on this process opens
// files in its cache folder alone, makes no connection and no process, and signals and traces nobody. What the kernel
// does not know of Landlock is left out; seccomp it must know.
//
// Landlock keeps files from being opened and says nothing of what else is done to them by name: looking at one, changing
// its mode, opening it as a mere name. For that there is no call.
func fence(cache string) error {
	rules := []landlock.Rule{}
	if cache != "" {
		rules = append(rules, landlock.RWDirs(cache))
	}
	if err := landlock.V6.BestEffort().Restrict(rules...); err != nil {
		return fmt.Errorf("restricting files: %w", err)
	}
	return filterCalls(filter())
}

// seal is done once the code is compiled and before any of it runs: from then on this process opens, renames and removes
// nothing, and so cannot even tell a name that is there from one that is not.
func seal() error {
	program := []unix.SockFilter{load(callNumber)}
	for _, call := range byName {
		program = append(program, when(call, answer(refused))...)
	}
	return filterCalls(append(program, answer(unix.SECCOMP_RET_ALLOW)))
}

// filterCalls holds all threads to a program, at once. What earlier ones refuse stays refused.
func filterCalls(program []unix.SockFilter) error {
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})))
	if errno != 0 {
		return fmt.Errorf("restricting system calls: %w", errno)
	}
	return nil
}

// byName are the calls by which the compiler's cache reaches its files.
var byName = []uintptr{unix.SYS_OPENAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2}

// allowed is what Go's runtime, the compiler's cache and the connection to the host need. Nothing here makes or reaches
// another object than memory, a thread, or what is open already; openat and its like are Landlock's.
var allowed = slices.Concat(onlyHere, byName, []uintptr{
	// Memory and threads.
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_MREMAP, unix.SYS_BRK, unix.SYS_MINCORE,
	unix.SYS_MEMBARRIER, unix.SYS_FUTEX, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_GETTID, unix.SYS_GETPID,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_RESTART_SYSCALL,
	// Signals of its own, with which Go interrupts its threads.
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	// Time and randomness.
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY, unix.SYS_GETRANDOM,
	// What is open.
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_CLOSE,
	unix.SYS_LSEEK, unix.SYS_FSTAT, unix.SYS_FSYNC, unix.SYS_FTRUNCATE, unix.SYS_GETDENTS64,
	unix.SYS_RECVMSG, unix.SYS_RECVFROM, unix.SYS_SENDTO, unix.SYS_SHUTDOWN, unix.SYS_GETSOCKOPT, unix.SYS_GETSOCKNAME,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PIPE2,
	// More of this.
	unix.SYS_SECCOMP,
})

// onOpen are the commands of fcntl that are allowed. By others a descriptor has the kernel signal whom it names.
var onOpen = []uintptr{
	unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_DUPFD, unix.F_DUPFD_CLOEXEC,
}

// Offsets in seccomp_data (linux/seccomp.h); an argument's low half comes first on the processors that are known here.
const (
	callNumber   = 0
	architecture = 4
	argument0    = 16
	argument1    = 24
	argument2    = 32
)

const refused = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)

// filter allows what is allowed, threads but no processes, and signals to this process alone. For the rest a caller
// gets EPERM; clone3, whose flags no filter can read, does not exist, so that libraries fall back on clone.
func filter() []unix.SockFilter {
	return slices.Concat(
		[]unix.SockFilter{
			load(architecture), jump(unix.BPF_JEQ, auditArch, 1, 0), answer(unix.SECCOMP_RET_KILL_PROCESS),
			load(callNumber),
		},
		when(unix.SYS_CLONE3, answer(unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS))),
		when(unix.SYS_CLONE, load(argument0), jump(unix.BPF_JSET, unix.CLONE_THREAD, 1, 0), answer(refused), answer(unix.SECCOMP_RET_ALLOW)),
		when(unix.SYS_TGKILL, append([]unix.SockFilter{load(argument0)}, oneOf(uintptr(os.Getpid()))...)...),
		when(unix.SYS_FCNTL, append([]unix.SockFilter{load(argument1)}, oneOf(onOpen...)...)...),
		when(unix.SYS_OPENAT, load(argument2), jump(unix.BPF_JSET, unix.O_PATH, 0, 1), answer(refused), answer(unix.SECCOMP_RET_ALLOW)),
		oneOf(allowed...),
	)
}

// when is what is done for one call, whose number is loaded: each way through then ends with an answer.
func when(call uintptr, then ...unix.SockFilter) []unix.SockFilter {
	return append([]unix.SockFilter{jump(unix.BPF_JEQ, uint32(call), 0, uint8(len(then)))}, then...)
}

// oneOf allows where what is loaded is one of these numbers.
func oneOf(numbers ...uintptr) (f []unix.SockFilter) {
	for i, n := range numbers {
		f = append(f, jump(unix.BPF_JEQ, uint32(n), uint8(len(numbers)-i), 0))
	}
	return append(f, answer(refused), answer(unix.SECCOMP_RET_ALLOW))
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jump(how uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | how | unix.BPF_K, K: k, Jt: yes, Jf: no}
}

func answer(what uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what}
}
