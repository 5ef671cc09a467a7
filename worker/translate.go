package worker

import (
	"errors"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/worker/wire"
)

// entriesPiece is how many entries of a folder go into one message.
const entriesPiece = 512

func one(a *wire.Answer) ([]*wire.Answer, error) { return []*wire.Answer{a}, nil }

func done(err error) ([]*wire.Answer, error) {
	if err != nil {
		return nil, err
	}
	return one(&wire.Answer{})
}

func described(i powers.Info, err error) ([]*wire.Answer, error) {
	if err != nil {
		return nil, err
	}
	return one(&wire.Answer{Target: i.Target, Info: &wire.Info{
		Kind: string(i.Kind), Size: i.Size, Links: i.Links, Device: i.Device, Inode: i.Inode,
		Times: times(i.Accessed, i.Modified),
	}})
}

// listed spreads a folder over as many messages as it needs.
func listed(entries []powers.Entry, err error) ([]*wire.Answer, error) {
	if err != nil {
		return nil, err
	}
	answers := []*wire.Answer{{}}
	for _, e := range entries {
		last := answers[len(answers)-1]
		if len(last.Entries) == entriesPiece {
			last.More = true
			last = &wire.Answer{}
			answers = append(answers, last)
		}
		last.Entries = append(last.Entries, &wire.Entry{Name: []byte(e.Name), Kind: string(e.Kind), Inode: e.Inode})
	}
	return answers, nil
}

// failures pairs the errors of powers with their form on the wire. The worker's end reads the same table.
var failures = map[wire.Failure_Kind]error{
	wire.Failure_IO:         powers.ErrIO,
	wire.Failure_NOT_EXIST:  powers.ErrNotExist,
	wire.Failure_EXIST:      powers.ErrExist,
	wire.Failure_FOLDER:     powers.ErrFolder,
	wire.Failure_NOT_FOLDER: powers.ErrNotFolder,
	wire.Failure_NOT_EMPTY:  powers.ErrNotEmpty,
	wire.Failure_LINK:       powers.ErrLink,
	wire.Failure_NAME:       powers.ErrName,
	wire.Failure_CLOSED:     powers.ErrClosed,
	wire.Failure_SPACE:      powers.ErrSpace,
	wire.Failure_TOO_MANY:   powers.ErrTooMany,
	wire.Failure_DEVICE:     powers.ErrDevice,
}

// failed is err as a guest may know it: which kind, and for a refusal its code and grant; neither the rule that
// refused nor the text, which may name paths of this machine.
func failed(err error) []*wire.Answer {
	failure := &wire.Failure{Kind: wire.Failure_IO}
	var denied *permissions.DeniedError
	var fault *powers.HTTPError
	if errors.As(err, &denied) {
		failure = &wire.Failure{Kind: wire.Failure_DENIED, Code: string(denied.Code), Grant: denied.Grant}
	} else if errors.As(err, &fault) {
		failure = faulted(fault)
	} else {
		for kind, sentinel := range failures {
			if errors.Is(err, sentinel) {
				failure.Kind = kind
			}
		}
	}
	return []*wire.Answer{{Failure: failure}}
}

// times and momentsOf carry times as nanoseconds, the zero time as none.
func times(accessed, modified time.Time) *wire.Times {
	t := &wire.Times{}
	if !accessed.IsZero() {
		n := accessed.UnixNano()
		t.Accessed = &n
	}
	if !modified.IsZero() {
		n := modified.UnixNano()
		t.Modified = &n
	}
	return t
}

func momentsOf(t *wire.Times) (accessed, modified time.Time) {
	if t != nil && t.Accessed != nil {
		accessed = time.Unix(0, *t.Accessed)
	}
	if t != nil && t.Modified != nil {
		modified = time.Unix(0, *t.Modified)
	}
	return accessed, modified
}
