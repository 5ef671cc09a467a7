package worker

import "golang.org/x/sys/unix"

// auditArch names the calls' numbers; calls of the x32 kind have numbers of their own, none of which is allowed.
const auditArch = unix.AUDIT_ARCH_X86_64

// onlyHere are calls that newer processors do not have.
var onlyHere = []uintptr{unix.SYS_ARCH_PRCTL, unix.SYS_EPOLL_WAIT}
