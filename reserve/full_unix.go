//go:build unix

package reserve

import "syscall"

var full = []error{syscall.ENOSPC, syscall.EDQUOT}
