package wasip1

import (
	"errors"

	experimental "github.com/tetratelabs/wazero/experimental/sys"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// errnos pairs what a power returns with the guest's number for it. The library has no number for a full disk, too
// many files or another device.
var errnos = []struct {
	err   error
	errno experimental.Errno
}{
	{permissions.ErrDenied, experimental.EACCES},
	{powers.ErrNotExist, experimental.ENOENT},
	{powers.ErrExist, experimental.EEXIST},
	{powers.ErrFolder, experimental.EISDIR},
	{powers.ErrNotFolder, experimental.ENOTDIR},
	{powers.ErrNotEmpty, experimental.ENOTEMPTY},
	{powers.ErrLink, experimental.ELOOP},
	{powers.ErrName, experimental.EINVAL},
	{powers.ErrClosed, experimental.EBADF},
	{powers.ErrDevice, experimental.ENOTSUP},
}

// errnoOf is the guest's number for err: 0 for nil, EIO for what has none.
func errnoOf(err error) experimental.Errno {
	if err == nil {
		return 0
	}
	for _, e := range errnos {
		if errors.Is(err, e.err) {
			return e.errno
		}
	}
	return experimental.EIO
}
