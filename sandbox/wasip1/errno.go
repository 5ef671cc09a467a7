package wasip1

import (
	"errors"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// errno is a guest's number for how a function ended.
type errno uint32

// Numbers of preview 1, those that are used here.
const (
	success        errno = 0
	errAccess      errno = 2
	errBadDesc     errno = 8
	errExist       errno = 20
	errFault       errno = 21
	errFileTooBig  errno = 22
	errIllegal     errno = 25
	errInvalid     errno = 28
	errIO          errno = 29
	errIsFolder    errno = 31
	errLoop        errno = 32
	errTooMany     errno = 33
	errNameTooLong errno = 37
	errNoEntry     errno = 44
	errNoMemory    errno = 48
	errNoSpace     errno = 51
	errNotFolder   errno = 54
	errNotEmpty    errno = 55
	errNotSocket   errno = 57
	errUnsupported errno = 58
	errOverflow    errno = 61
	errNotAllowed  errno = 63
	errNoSeek      errno = 70
	errOtherDevice errno = 75
	errNoRight     errno = 76
)

// errnos pairs what a power returns with the guest's number for it.
var errnos = []struct {
	err   error
	errno errno
}{
	{permissions.ErrDenied, errAccess},
	{powers.ErrNotExist, errNoEntry},
	{powers.ErrExist, errExist},
	{powers.ErrFolder, errIsFolder},
	{powers.ErrNotFolder, errNotFolder},
	{powers.ErrNotEmpty, errNotEmpty},
	{powers.ErrLink, errLoop},
	{powers.ErrName, errInvalid},
	{powers.ErrClosed, errBadDesc},
	{powers.ErrSpace, errNoSpace},
	{powers.ErrTooMany, errTooMany},
	{powers.ErrDevice, errOtherDevice},
}

// errnoOf is the guest's number for err: 0 for nil, that of an input/output error for what has none.
func errnoOf(err error) errno {
	if err == nil {
		return success
	}
	for _, e := range errnos {
		if errors.Is(err, e.err) {
			return e.errno
		}
	}
	return errIO
}
