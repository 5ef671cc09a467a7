package worker

import "golang.org/x/sys/unix"

// auditArch names the calls' numbers.
const auditArch = unix.AUDIT_ARCH_AARCH64

// onlyHere are calls that go by another name on other processors.
var onlyHere = []uintptr{unix.SYS_FSTATAT}
