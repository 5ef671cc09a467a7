package wasip1_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/sandbox/wasip1"
)

// pages is the size of the guest's memory in these tests, room what that is in bytes.
const (
	pages = 4
	room  = pages << 16
)

// still is a clock on which no time passes.
type still struct{}

func (still) Wall() time.Time                      { return time.Unix(1_800_000_000, 0) }
func (still) Monotonic() time.Duration             { return time.Hour }
func (still) Sleep(context.Context, time.Duration) {}

// flat is a power on which everything exists and nothing is kept. It complains of what no adapter may hand on.
type flat struct{ t testing.TB }

func (f flat) path(names ...string) {
	for _, name := range names {
		if len(name) > 4096 || !path.IsAbs(name) || path.Clean(name) != name || strings.ContainsRune(name, 0) || slices.Contains(strings.Split(name, "/"), "..") {
			f.t.Errorf("a power got the name %.100q", name)
		}
	}
}

func (f flat) Open(_ context.Context, o powers.Open) (powers.File, error) {
	f.path(o.Path)
	return flatFile{f, o.Folder || strings.HasSuffix(o.Path, "d")}, nil
}

func (f flat) Stat(_ context.Context, name string, follow bool) (powers.Info, error) {
	f.path(name)
	switch {
	case strings.HasSuffix(name, "l") && !follow:
		return powers.Info{Kind: powers.Link, Target: "target"}, nil
	case strings.HasSuffix(name, "d"):
		return powers.Info{Kind: powers.Folder}, nil
	}
	return powers.Info{Kind: powers.RegularFile, Size: 100}, nil
}

func (f flat) Change(_ context.Context, c powers.Change) error {
	f.path(c.Path)
	if c.Operation == powers.Rename {
		f.path(c.To)
	}
	return nil
}

type flatFile struct {
	flat   flat
	folder bool
}

func (f flatFile) place(p []byte, off int64) (int, error) {
	if off < 0 || len(p) > room || off+int64(len(p)) < 0 {
		f.flat.t.Errorf("a power was to handle %d bytes at %d", len(p), off)
	}
	return min(len(p), 10_000), nil
}

func (f flatFile) Info(context.Context) (powers.Info, error) {
	if f.folder {
		return powers.Info{Kind: powers.Folder, Inode: 1}, nil
	}
	return powers.Info{Kind: powers.RegularFile, Size: 1 << 62}, nil
}
func (f flatFile) ReadAt(_ context.Context, p []byte, off int64) (int, error) { return f.place(p, off) }
func (f flatFile) WriteAt(_ context.Context, p []byte, off int64) (int, error) {
	return f.place(p, off)
}
func (f flatFile) Truncate(_ context.Context, size int64) error {
	if size < 0 {
		f.flat.t.Errorf("a power was to cut to %d bytes", size)
	}
	return nil
}
func (flatFile) Touch(context.Context, time.Time, time.Time) error { return nil }
func (flatFile) Sync(context.Context) error                        { return nil }
func (f flatFile) List(context.Context) ([]powers.Entry, error) {
	if !f.folder {
		return nil, powers.ErrNotFolder
	}
	return []powers.Entry{{Name: "a", Kind: powers.RegularFile}, {Name: strings.Repeat("b", 200), Kind: powers.Folder}}, nil
}
func (flatFile) Close(context.Context) error { return nil }

// door is a guest that a test speaks for.
type door struct {
	t         testing.TB
	guest     api.Module
	pages     byte
	files     powers.Files
	functions []api.FunctionDefinition
	process   *wasip1.Process
	charged   uint64
	output    output
}

type output struct{ n int }

func (o *output) Write(p []byte) (int, error) {
	o.n += len(p)
	return len(p), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func newDoor(t testing.TB, pages byte) *door {
	t.Helper()
	r := wazero.NewRuntime(context.Background())
	t.Cleanup(func() { r.Close(context.Background()) })
	wasi, err := wasip1.Instantiate(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, pages: pages}
	d.files = flat{t}
	var imports []guesttest.Import
	for name, f := range wasi.ExportedFunctionDefinitions() {
		imports = append(imports, guesttest.Import{Module: wasip1.Name, Name: name, Params: f.ParamTypes(), Results: f.ResultTypes()})
		d.functions = append(d.functions, f)
	}
	slices.SortFunc(d.functions, func(a, b api.FunctionDefinition) int { return strings.Compare(a.ExportNames()[0], b.ExportNames()[0]) })
	if d.guest, err = r.Instantiate(context.Background(), guesttest.Door(pages, imports...)); err != nil {
		t.Fatal(err)
	}
	d.renew()
	return d
}

// budget is the fuel of one process, as much as some megabytes cost. errSpent ends a guest that has no more.
const budget = 10_000_000

var errSpent = errors.New("the fuel is spent")

// renew gives the guest a new process with a few things open: 6 is a file that can be read and written, 7 a folder.
func (d *door) renew() {
	d.charged = 0
	d.process = wasip1.NewProcess(wasip1.Options{
		Args: []string{"guest", "argument"}, Env: map[string]string{"A": "B"}, Stdin: []byte("input"),
		Stdout: &d.output, Stderr: &d.output, Files: d.files, Clock: still{}, Random: zeros{},
		Charge: func(_ api.Module, units uint64) {
			if d.charged += units; d.charged > budget {
				panic(errSpent)
			}
		},
	})
	if d.pages == 0 {
		return
	}
	d.guest.Memory().WriteString(100, "filed")
	for _, n := range []uint64{4, 5} {
		if code, err := d.call("path_open", 3, 0, 100, n, 0, 1<<30-1, 1<<30-1, 0, 0); code != 0 || err != nil {
			d.t.Fatalf("opening = %d, %v", code, err)
		}
	}
}

// call calls one function. The error is that of a guest that ended.
func (d *door) call(name string, args ...uint64) (uint32, error) {
	results, err := d.guest.ExportedFunction(name).Call(d.process.In(context.Background()), args...)
	if err != nil || len(results) == 0 {
		return 0, err
	}
	return uint32(results[0]), nil
}

// check calls a function that may be told anything and reports what must not come of it.
func (d *door) check(name string, args []uint64) {
	code, err := d.call(name, args...)
	var exit *sys.ExitError
	if err != nil && !(errors.As(err, &exit) && strings.HasPrefix(name, "proc_")) && !errors.Is(err, errSpent) {
		d.t.Errorf("%s%v = %v; want an error number", name, args, err)
	}
	if code > 76 {
		d.t.Errorf("%s%v = %d, which is no error number", name, args, code)
	}
}

// Numbers that guests get wrong, of 32 and of 64 bits: descriptors, flags, lengths, pointers to the beginning, the middle
// and the end of the memory, and to nowhere.
var (
	words = []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 63, 64, 100, 104, 255, 1023, 1024, 4096, 4097, 1 << 16, room - 64, room - 1, room, room + 1, 1<<31 - 1, 1 << 31, 1<<32 - 8, 1<<32 - 1}
	longs = []uint64{0, 1, 2, 100, 1 << 30, 1<<30 - 1, 1 << 31, 1<<32 - 1, 1 << 62, 1<<63 - 2, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1}
)

func hostileArguments(r *rand.Rand, f api.FunctionDefinition) []uint64 {
	args := make([]uint64, len(f.ParamTypes()))
	for i, t := range f.ParamTypes() {
		args[i] = words[r.IntN(len(words))]
		if t == api.ValueTypeI64 {
			args[i] = longs[r.IntN(len(longs))]
		}
	}
	return args
}

// hostileMemory fills the beginning of the memory with lists of pieces, names, and nonsense.
func hostileMemory(r *rand.Rand, m api.Memory) {
	b, _ := m.Read(0, 8192)
	for i := 0; i < len(b); i += 4 {
		binary.LittleEndian.PutUint32(b[i:], uint32(words[r.IntN(len(words))]))
	}
	names := []string{"filed", "../../x", "/etc/passwd", "a\x00b", "\xff\xfe", ".", "..", "a/../..", "d/", strings.Repeat("n/", 100), strings.Repeat("x", 300)}
	copy(b[100:], names[r.IntN(len(names))])
	copy(b[4096:], names[r.IntN(len(names))])
}

func TestWhateverAGuestSaysItGetsAnErrorNumber(t *testing.T) {
	d := newDoor(t, pages)
	if len(d.functions) != 46 {
		t.Fatalf("%d functions; want the 46 of preview 1", len(d.functions))
	}
	runs := 4000
	if testing.Short() {
		runs = 500
	}
	r := rand.New(rand.NewPCG(1, 2))
	const most = 1 << 20
	var before, after runtime.MemStats
	for _, f := range d.functions {
		name := f.ExportNames()[0]
		for run := range runs {
			if run%100 == 0 {
				d.renew()
			}
			hostileMemory(r, d.guest.Memory())
			args := hostileArguments(r, f)
			runtime.ReadMemStats(&before)
			d.check(name, args)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > most {
				t.Errorf("%s%v made the host allocate %d bytes", name, args, n)
			}
		}
		if t.Failed() {
			return
		}
	}
	if d.charged == 0 {
		t.Error("nothing was charged")
	}
}

// A guest without a memory can hand over numbers alone.
func TestAGuestWithoutMemory(t *testing.T) {
	d := newDoor(t, 0)
	r := rand.New(rand.NewPCG(3, 4))
	for _, f := range d.functions {
		for range 50 {
			d.check(f.ExportNames()[0], hostileArguments(r, f))
		}
	}
}

// FuzzFunctions is a guest that calls what it likes with what it likes: 16 bytes a call, and the same bytes are its
// memory.
func FuzzFunctions(f *testing.F) {
	d := newDoor(f, pages)
	seed := make([]byte, 256)
	for i := range seed {
		seed[i] = byte(i * 7)
	}
	f.Add(seed)
	f.Add([]byte(strings.Repeat("filed", 50)))
	f.Fuzz(func(t *testing.T, b []byte) {
		d.t, d.files = t, flat{t}
		d.renew()
		d.guest.Memory().Write(200, b[:min(len(b), 60_000)])
		for calls := 0; len(b) >= 16 && calls < 200; b, calls = b[16:], calls+1 {
			function := d.functions[int(b[0])%len(d.functions)]
			args := make([]uint64, len(function.ParamTypes()))
			for i, kind := range function.ParamTypes() {
				choice := b[1+i%15]
				args[i] = words[int(choice)%len(words)]
				if kind == api.ValueTypeI64 {
					args[i] = longs[int(choice)%len(longs)]
				}
				if choice > 200 {
					args[i] = 200 + uint64(choice)*64
				}
			}
			d.check(function.ExportNames()[0], args)
		}
	})
}
