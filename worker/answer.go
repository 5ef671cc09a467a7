package worker

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/worker/wire"
)

const (
	// mostFiles bounds the table of one call; the powers have their own, lower limit.
	mostFiles = 1024
	// longestPath is what wasip1 allows too.
	longestPath = 4096
)

// answerer does for one call what its guest asks, with the powers that the call was given. Everything in an ask is
// hostile. It is used by one goroutine.
type answerer struct {
	ctx   context.Context
	set   powers.Set
	files map[uint32]powers.File
	// exchanges are numbered as the files are.
	exchanges map[uint32]powers.Exchange
	// last is the number given last: no number is used twice.
	last uint32
	// most is how many files were open at once; full is true once there were too many.
	most int
	full bool
}

func newAnswerer(ctx context.Context, set powers.Set) *answerer {
	return &answerer{ctx: ctx, set: set, files: map[uint32]powers.File{}, exchanges: map[uint32]powers.Exchange{}}
}

// answer does what is asked and returns the messages to send. A panic of a power is a failure to the guest, and
// fault says what it was.
func (a *answerer) answer(ask *wire.Ask) (answers []*wire.Answer, fault error) {
	defer func() {
		if p := recover(); p != nil {
			answers, fault = failed(powers.ErrIO), fmt.Errorf("%w: %v", ErrPower, p)
		}
	}()
	answers, err := a.do(ask)
	a.most = max(a.most, len(a.files))
	if err != nil {
		a.full = a.full || errors.Is(err, powers.ErrTooMany)
		return failed(err), nil
	}
	return answers, nil
}

func (a *answerer) do(ask *wire.Ask) ([]*wire.Answer, error) {
	switch ask.GetAct().(type) {
	case *wire.Ask_Begin, *wire.Ask_Body, *wire.Ask_Respond, *wire.Ask_Receive, *wire.Ask_End:
		return a.onExchange(ask)
	}
	if a.set.Files == nil {
		return nil, &permissions.DeniedError{Code: permissions.CodeUndeclared}
	}
	switch act := ask.GetAct().(type) {
	case *wire.Ask_Open:
		return a.open(act.Open)
	case *wire.Ask_Stat:
		return a.stat(act.Stat)
	case *wire.Ask_Change:
		return a.change(act.Change)
	}
	f, open := a.files[ask.GetFile()]
	if !open {
		return nil, powers.ErrClosed
	}
	return a.onFile(f, ask)
}

func (a *answerer) open(o *wire.Open) ([]*wire.Answer, error) {
	if err := checkPath(o.GetPath()); err != nil {
		return nil, err
	}
	if len(a.files) >= mostFiles {
		return nil, powers.ErrTooMany
	}
	f, err := a.set.Files.Open(a.ctx, powers.Open{
		Path: o.GetPath(), Read: o.GetRead(), Write: o.GetWrite(), Append: o.GetAppend(), Create: o.GetCreate(),
		Exclusive: o.GetExclusive(), Truncate: o.GetTruncate(), Folder: o.GetFolder(), NoFollow: o.GetNoFollow(),
	})
	if err != nil {
		return nil, err
	}
	a.last++
	a.files[a.last] = f
	return one(&wire.Answer{File: a.last})
}

func (a *answerer) stat(s *wire.Stat) ([]*wire.Answer, error) {
	if err := checkPath(s.GetPath()); err != nil {
		return nil, err
	}
	info, err := a.set.Files.Stat(a.ctx, s.GetPath(), s.GetFollow())
	return described(info, err)
}

func (a *answerer) change(c *wire.Change) ([]*wire.Answer, error) {
	if err := checkPath(c.GetPath()); err != nil {
		return nil, err
	}
	operation := powers.Operation(c.GetOperation())
	switch operation {
	case powers.Rename:
		if err := checkPath(c.GetTo()); err != nil {
			return nil, err
		}
	case powers.MakeLink:
		if to := c.GetTo(); len(to) > longestPath || !utf8.ValidString(to) || strings.ContainsRune(to, 0) {
			return nil, powers.ErrName
		}
	case powers.MakeFolder, powers.RemoveFile, powers.RemoveFolder, powers.Touch, powers.Truncate:
	default:
		return nil, powers.ErrIO
	}
	accessed, modified := momentsOf(c.GetTimes())
	return done(a.set.Files.Change(a.ctx, powers.Change{
		Operation: operation, Path: c.GetPath(), To: c.GetTo(), Size: c.GetSize(),
		Accessed: accessed, Modified: modified,
	}))
}

func (a *answerer) onFile(f powers.File, ask *wire.Ask) ([]*wire.Answer, error) {
	switch act := ask.GetAct().(type) {
	case *wire.Ask_Info:
		info, err := f.Info(a.ctx)
		return described(info, err)
	case *wire.Ask_Read:
		p := make([]byte, min(act.Read.GetLength(), hostPiece))
		n, err := f.ReadAt(a.ctx, p, act.Read.GetOffset())
		if err != nil {
			return nil, err
		}
		return one(&wire.Answer{Data: p[:n]})
	case *wire.Ask_Write:
		n, err := f.WriteAt(a.ctx, act.Write.GetData(), act.Write.GetOffset())
		if err != nil {
			return nil, err
		}
		return one(&wire.Answer{Written: uint32(n)})
	case *wire.Ask_Truncate:
		return done(f.Truncate(a.ctx, act.Truncate))
	case *wire.Ask_Touch:
		accessed, modified := momentsOf(act.Touch)
		return done(f.Touch(a.ctx, accessed, modified))
	case *wire.Ask_Sync:
		return done(f.Sync(a.ctx))
	case *wire.Ask_List:
		entries, err := f.List(a.ctx)
		return listed(entries, err)
	case *wire.Ask_Close:
		delete(a.files, ask.GetFile())
		return done(f.Close(a.ctx))
	}
	return nil, powers.ErrIO
}

// checkPath holds a worker to what powers.Files says of a path.
func checkPath(p string) error {
	if len(p) > longestPath || !path.IsAbs(p) || path.Clean(p) != p || !utf8.ValidString(p) || strings.ContainsRune(p, 0) {
		return powers.ErrName
	}
	return nil
}
