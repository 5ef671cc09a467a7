package worker_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
)

// counted counts the readings of its files, and closes them after so many.
type counted struct {
	powers.Files
	reads, most atomic.Int64
}

func (c *counted) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	f, err := c.Files.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return countedFile{f, c}, nil
}

type countedFile struct {
	powers.File
	count *counted
}

func (f countedFile) ReadAt(ctx context.Context, p []byte, off int64) (int, error) {
	if n, most := f.count.reads.Add(1), f.count.most.Load(); most > 0 && n > most {
		return 0, powers.ErrClosed
	}
	return f.File.ReadAt(ctx, p, off)
}

func TestSmallReadingsAreMadeCoarse(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	text := strings.Repeat("0123456789abcdef", 16<<10)
	run := func(files *counted, o guesttest.Order) string {
		job := task(guest, o)
		job.Limits.Output = 4 * skill.MiB
		result, err := p.Run(t.Context(), job, with(files))
		if err != nil {
			return string(result.Output) + err.Error()
		}
		return string(result.Output)
	}
	files := func() *counted {
		return &counted{Files: guesttest.NewFiles(map[string]string{"/workspace/a": text, "/workspace/b": text[:100], "/workspace/c": text[:30]})}
	}

	whole := files()
	if got := run(whole, guesttest.Order{Do: "sip", Path: "a", N: 1000}); got != text {
		t.Errorf("%d bytes came, or others: %.200q; want %d", len(got), got, len(text))
	}
	if n := whole.reads.Load(); n > 30 {
		t.Errorf("the host was asked %d times for 256 KiB; want about a dozen", n)
	}

	// What the guest writes itself it reads next.
	if got, want := run(files(), guesttest.Order{Do: "sip", Path: "b", N: 10, To: "b", Text: strings.Repeat("x", 100)}), text[:10]+strings.Repeat("x", 90); got != want {
		t.Errorf("after writing it read %q; want %q", got, want)
	}

	// What was read ahead is forgotten soon.
	slow := files()
	run(slow, guesttest.Order{Do: "sip", Path: "c", N: 10, To: "wait"})
	if n := slow.reads.Load(); n < 3 {
		t.Errorf("the host was asked %d times by a guest that waits before each of three readings", n)
	}

	// Where the host closes the file, a guest gets no more than what was on its way.
	closed := files()
	closed.most.Store(3)
	got := run(closed, guesttest.Order{Do: "sip", Path: "a", N: 1000})
	text3, _, _ := strings.Cut(got, "the guest")
	if !strings.HasPrefix(text, text3) || len(text3) > 10_000 || len(text3) == 0 {
		t.Errorf("%d bytes came from a file that was closed after three readings; want at most the 7000 of those", len(text3))
	}
}
