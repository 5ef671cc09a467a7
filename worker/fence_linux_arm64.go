package worker

import "golang.org/x/sys/unix"

// auditArch names the calls' numbers.
const auditArch = unix.AUDIT_ARCH_AARCH64

// onlyHere are calls that other processors do not have.
var onlyHere []uintptr
