package worker_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/worker"
)

// bombs are bodies that cost a compiler much for their length, n times. They stand in an if that is never true, for the
// compiler alone.
var bombs = []struct {
	name string
	body func(n int) []byte
	// within is just within the bounds, above is more than is compiled, beyond too large to be interpreted too.
	within, above, beyond int
	// locals is how many there are.
	locals byte
}{
	{"ifs one after another", times(0x41, 1, 0x04, 0x40, 0x0b), 6_600, 7_000, 300_000, 0},
	{"blocks one after another", times(0x02, 0x40, 0x0b), 19_900, 20_100, 400_000, 0},
	{"ifs in each other", func(n int) []byte {
		return slices.Concat(bytes.Repeat([]byte{0x41, 1, 0x04, 0x40}, n), bytes.Repeat([]byte{0x0b}, n))
	}, 6_600, 7_000, 0, 0},
	{"loops one after another", times(0x03, 0x40, 0x41, 1, 0x0d, 0, 0x0b), 1_800, 1_900, 200_000, 0},
	{"loops in each other", func(n int) []byte {
		return slices.Concat(bytes.Repeat([]byte{0x03, 0x40}, n), bytes.Repeat([]byte{0x41, 1, 0x0d, 0, 0x0b}, n))
	}, 2_800, 3_000, 0, 0},
	{"branches to one place", func(n int) []byte {
		return slices.Concat([]byte{0x02, 0x40}, bytes.Repeat([]byte{0x41, 1, 0x0d, 0}, n), []byte{0x0b})
	}, 9_900, 10_100, 300_000, 0},
	{"branches to one place over a hundred values", func(n int) []byte {
		return slices.Concat([]byte{0x02, 0x40}, bytes.Repeat(slices.Concat(count(0), []byte{0x41, 1, 0x0d, 0}), n), []byte{0x0b}, countAll())
	}, 1_400, 1_500, 0, 100},
	{"ways back in a tight loop over a hundred values", func(n int) []byte {
		return slices.Concat([]byte{0x03, 0x40}, bytes.Repeat(slices.Concat(count(0), []byte{0x41, 1, 0x0d, 0}), n), countAll(), []byte{0x0b})
	}, 700, 750, 0, 100},
	{"memory filled", times(0x41, 0, 0x41, 0, 0x41, 1, 0xfc, 0x0b, 0), 2_100, 2_300, 150_000, 0},
	{"memory read", times(0x41, 0, 0x28, 2, 0, 0x1a), 35_000, 41_000, 200_000, 0},
	{"branches by a table", func(n int) []byte {
		return slices.Concat([]byte{0x02, 0x40, 0x41, 0, 0x0e}, leb(n), make([]byte, n+1), []byte{0x0b})
	}, 78_000, 84_000, 2_000_000, 0},
}

// count adds one to a local, countAll to each of a hundred.
func count(local byte) []byte {
	return []byte{0x20, local, 0x42, 1, 0x7c, 0x21, local}
}

func countAll() (b []byte) {
	for l := range byte(100) {
		b = append(b, count(l)...)
	}
	return b
}

func times(b ...byte) func(int) []byte {
	return func(n int) []byte { return bytes.Repeat(b, n) }
}

func leb(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// What is hard to compile is compiled within seconds, or interpreted, or refused with the reason; the next call of the
// pool goes on. The worker has no race detector in it, which would make compiling ten times as long.
func TestBombsForTheCompiler(t *testing.T) {
	p := pool(t, func(o *worker.Options) { o.Program, o.Cache = guesttest.Worker(t), "" })
	run := func(t *testing.T, locals byte, body []byte) (worker.Result, error) {
		t.Helper()
		whole := slices.Concat([]byte{guesttest.Const, 0, guesttest.Load, 2, 0, guesttest.If, guesttest.Block}, body, []byte{guesttest.End})
		wasm := guesttest.Module{Locals: locals, Body: whole}.Bytes()
		began := time.Now()
		result, err := p.Run(t.Context(), task(wasm, guesttest.Order{}), powers.Set{})
		if took := time.Since(began); took > 40*time.Second {
			t.Errorf("it took %v; want seconds", took)
		}
		return result, err
	}
	for i, bomb := range bombs {
		t.Run(bomb.name, func(t *testing.T) {
			if testing.Short() && i%3 > 0 {
				t.Skip("each of these compiles for seconds")
			}
			if result, err := run(t, bomb.locals, bomb.body(bomb.within)); err != nil || result.Usage.Interpreted != "" {
				t.Errorf("within the bounds = %v, interpreted for %q; want it compiled", err, result.Usage.Interpreted)
			}
			if result, err := run(t, bomb.locals, bomb.body(bomb.above)); err != nil || result.Usage.Interpreted == "" {
				t.Errorf("above the bounds = %v, interpreted for %q; want it interpreted", err, result.Usage.Interpreted)
			}
			if bomb.beyond == 0 {
				return
			}
			_, err := run(t, bomb.locals, bomb.body(bomb.beyond))
			var invalid *worker.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, "too large to be interpreted") {
				t.Errorf("beyond all bounds = %v; want a refusal that says why", err)
			}
		})
	}
}
