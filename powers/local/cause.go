package local

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"gatehouse/permissions"
	"gatehouse/powers"
)

var causes = []struct {
	system syscall.Errno
	err    error
}{
	{syscall.ENOTEMPTY, powers.ErrNotEmpty}, // before EEXIST, which it also is
	{syscall.EEXIST, powers.ErrExist},
	{syscall.ENOENT, powers.ErrNotExist},
	{syscall.EISDIR, powers.ErrFolder},
	{syscall.ENOTDIR, powers.ErrNotFolder},
	{syscall.ELOOP, powers.ErrLink},
	{syscall.ENAMETOOLONG, powers.ErrName},
	{syscall.ENOSPC, powers.ErrSpace},
	{syscall.EDQUOT, powers.ErrSpace},
	{syscall.EFBIG, powers.ErrSpace},
	{syscall.EMFILE, powers.ErrTooMany},
	{syscall.ENFILE, powers.ErrTooMany},
	{syscall.EXDEV, powers.ErrDevice},
}

// cause turns an error of the system into one of powers. The system's own text goes no further than its number says:
// the rest holds names of this machine.
func cause(err error) error {
	if err == nil {
		return nil
	}
	for _, c := range causes {
		if errors.Is(err, c.system) {
			return c.err
		}
	}
	var number syscall.Errno
	switch {
	case errors.Is(err, os.ErrNotExist):
		return powers.ErrNotExist
	case errors.Is(err, os.ErrExist):
		return powers.ErrExist
	case errors.Is(err, os.ErrClosed):
		return powers.ErrClosed
	case errors.As(err, &number):
		return fmt.Errorf("%w: %w", powers.ErrIO, number)
	}
	return powers.ErrIO
}

// refused is a refusal that no answer can lift. Its grant is filled in where it is known what was wanted.
func refused(rule string) error {
	return &permissions.DeniedError{Code: permissions.CodeDenied, Rule: "never: " + rule}
}

// saying wraps err with what was being done to which of the guest's names; refusals speak for themselves.
func saying(doing, guest string, err error) error {
	if err == nil || errors.Is(err, permissions.ErrDenied) {
		return err
	}
	return fmt.Errorf("%s %q: %w", doing, guest, err)
}
