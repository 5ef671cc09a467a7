package worker_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/containerd/ttrpc"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
	"gatehouse/worker/wire"
)

// hostiles are workers that a guest has taken over, by name.
var hostiles = map[string]func() error{
	"silent":         raw(func(net.Conn) error { return sleep() }),
	"gone":           raw(func(net.Conn) error { os.Exit(5); return nil }),
	"hangs up":       raw(func(c net.Conn) error { c.Close(); return sleep() }),
	"garbage":        raw(func(c net.Conn) error { return flood(c, []byte("GET / HTTP/1.1\r\n\r\n")) }),
	"a huge message": raw(func(c net.Conn) error { return flood(c, frame(4<<20, 1, 3)) }),
	"strange streams": raw(func(c net.Conn) error {
		return flood(c, append(frame(2, 4711, 3), 0, 0))
	}),
	"too much output": calls(func(s wire.Worker_CallServer) error {
		for {
			if err := say(s, &wire.Output{Stdout: make([]byte, 32<<10)}); err != nil {
				return err
			}
		}
	}),
	"empty messages":    calls(func(s wire.Worker_CallServer) error { return s.Send(&wire.FromWorker{}) }),
	"an end of no kind": calls(func(s wire.Worker_CallServer) error { return finish(s, &wire.End{Reason: "because"}) }),
	"cancelled by itself": calls(func(s wire.Worker_CallServer) error {
		return finish(s, &wire.End{Outcome: wire.End_CANCELLED})
	}),
	"talks after the end": calls(func(s wire.Worker_CallServer) error {
		finish(s, &wire.End{Outcome: wire.End_FINE})
		return say(s, &wire.Output{Stdout: []byte("more")})
	}),
	"an error of its own":     calls(func(wire.Worker_CallServer) error { return errors.New("I do not want to") }),
	"never ends":              calls(func(wire.Worker_CallServer) error { return sleep() }),
	"asks without listening":  calls(askWithoutListening),
	"asks and asks":           calls(askFor(time.Hour)),
	"tries handles and names": calls(tryEverything),
	"opens and opens":         calls(openMany),
	"ask":                     calls(askOnce),
}

func raw(do func(net.Conn) error) func() error {
	return func() error {
		conn, err := worker.Inherited()
		if err != nil {
			return err
		}
		return do(conn)
	}
}

// sleep is longer than any test. Blocking for ever is what Go would notice and end.
func sleep() error { time.Sleep(time.Hour); return nil }

func flood(c net.Conn, p []byte) error {
	for {
		if _, err := c.Write(p); err != nil {
			return err
		}
	}
}

func frame(length, stream uint32, kind byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, length)
	return append(binary.BigEndian.AppendUint32(b, stream), kind, 0)
}

// impostor loads anything and does what it likes with a call.
type impostor struct {
	do func(wire.Worker_CallServer) error
}

func (i impostor) Load(_ context.Context, s wire.Worker_LoadServer) (*wire.Loaded, error) {
	for {
		if _, err := s.Recv(); err != nil {
			return &wire.Loaded{}, nil
		}
	}
}

func (i impostor) Call(_ context.Context, s wire.Worker_CallServer) error {
	if _, err := s.Recv(); err != nil {
		return err
	}
	return i.do(s)
}

func calls(do func(wire.Worker_CallServer) error) func() error {
	return raw(func(c net.Conn) error { return callsOn(c, do) })
}

func callsOn(c net.Conn, do func(wire.Worker_CallServer) error) error {
	return serveOn(c, impostor{do})
}

func serveOn(c net.Conn, s wire.WorkerService) error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	wire.RegisterWorkerService(server, s)
	return server.Serve(context.Background(), &single{conn: c})
}

type single struct{ conn net.Conn }

func (l *single) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, sleep()
	}
	c := l.conn
	l.conn = nil
	return c, nil
}
func (l *single) Close() error   { return nil }
func (l *single) Addr() net.Addr { return &net.UnixAddr{} }

func say(s wire.Worker_CallServer, o *wire.Output) error {
	return s.Send(&wire.FromWorker{Body: &wire.FromWorker_Output{Output: o}})
}

func finish(s wire.Worker_CallServer, e *wire.End) error {
	return s.Send(&wire.FromWorker{Body: &wire.FromWorker_End{End: e}})
}

func ask(s wire.Worker_CallServer, a *wire.Ask) *wire.Answer {
	if err := s.Send(&wire.FromWorker{Body: &wire.FromWorker_Ask{Ask: a}}); err != nil {
		return nil
	}
	for {
		m, err := s.Recv()
		if err != nil {
			return nil
		}
		if answer := m.GetAnswer(); answer != nil {
			return answer
		}
	}
}

func opening(path string) *wire.Ask {
	return &wire.Ask{Act: &wire.Ask_Open{Open: &wire.Open{Path: path, Read: true}}}
}

func askOnce(s wire.Worker_CallServer) error {
	say(s, &wire.Output{Stdout: fmt.Appendf(nil, "%v", ask(s, opening("/x")))})
	return finish(s, &wire.End{Outcome: wire.End_FINE})
}

func askWithoutListening(s wire.Worker_CallServer) error {
	for {
		if err := s.Send(&wire.FromWorker{Body: &wire.FromWorker_Ask{Ask: opening("/workspace/a")}}); err != nil {
			return err
		}
	}
}

// askFor asks for one thing after the other, and waits for each.
func askFor(d time.Duration) func(wire.Worker_CallServer) error {
	return func(s wire.Worker_CallServer) error {
		for end := time.Now().Add(d); time.Now().Before(end); {
			f := ask(s, opening("/workspace/a")).GetFile()
			ask(s, &wire.Ask{File: f, Act: &wire.Ask_Close{Close: &wire.Nothing{}}})
		}
		return finish(s, &wire.End{Outcome: wire.End_FINE})
	}
}

// tryEverything reports each attempt that the host did not refuse.
func tryEverything(s wire.Worker_CallServer) error {
	nothing := &wire.Nothing{}
	try := func(name string, a *wire.Ask) {
		if answer := ask(s, a); answer.GetFailure() == nil {
			say(s, &wire.Output{Stdout: []byte(name + "\n")})
		}
	}
	for _, number := range []uint32{0, 1, 2, 1 << 31} {
		for name, a := range map[string]*wire.Ask{
			"info": {Act: &wire.Ask_Info{Info: nothing}}, "sync": {Act: &wire.Ask_Sync{Sync: nothing}},
			"list": {Act: &wire.Ask_List{List: nothing}}, "close": {Act: &wire.Ask_Close{Close: nothing}},
			"read": {Act: &wire.Ask_Read{Read: &wire.Read{Length: 10}}}, "write": {Act: &wire.Ask_Write{Write: &wire.Write{}}},
			"nothing": {},
		} {
			a.File = number
			try(fmt.Sprint(name, number), a)
		}
	}
	for _, path := range []string{"", "a", "../a", "/..", "/a/../b", "/a/", "//a", "/a\x00b", "/" + strings.Repeat("a", 5000)} {
		try("open "+path, opening(path))
		try("stat "+path, &wire.Ask{Act: &wire.Ask_Stat{Stat: &wire.Stat{Path: path}}})
		try("mkdir "+path, &wire.Ask{Act: &wire.Ask_Change{Change: &wire.Change{Operation: "mkdir", Path: path}}})
		try("rename to "+path, &wire.Ask{Act: &wire.Ask_Change{Change: &wire.Change{Operation: "rename", Path: "/workspace/a", To: path}}})
	}
	for _, operation := range []string{"", "link", "chmod", "MKDIR"} {
		try("operation "+operation, &wire.Ask{Act: &wire.Ask_Change{Change: &wire.Change{Operation: operation, Path: "/workspace/b"}}})
	}
	// Without act messages inside.
	try("open nothing", &wire.Ask{Act: &wire.Ask_Open{}})
	try("change nothing", &wire.Ask{Act: &wire.Ask_Change{}})

	f := ask(s, opening("/workspace/a")).GetFile()
	try("touch nothing", &wire.Ask{File: f + 1, Act: &wire.Ask_Touch{}})
	if answer := ask(s, &wire.Ask{File: f, Act: &wire.Ask_Read{Read: &wire.Read{Length: 1<<32 - 1}}}); len(answer.GetData()) != 1 {
		say(s, &wire.Output{Stdout: fmt.Appendf(nil, "reading 4 GiB gave %d bytes\n", len(answer.GetData()))})
	}
	ask(s, &wire.Ask{File: f, Act: &wire.Ask_Close{Close: nothing}})
	try("a closed file", &wire.Ask{File: f, Act: &wire.Ask_Info{Info: nothing}})
	return finish(s, &wire.End{Outcome: wire.End_FINE})
}

func openMany(s wire.Worker_CallServer) error {
	opened := 0
	for range 3000 {
		if ask(s, opening("/workspace/a")).GetFailure() == nil {
			opened++
		}
	}
	say(s, &wire.Output{Stdout: fmt.Append(nil, opened)})
	return finish(s, &wire.End{Outcome: wire.End_FINE})
}

// confession is the output of a call on the hostile worker called name.
func confession(t *testing.T, name string, set powers.Set) string {
	t.Helper()
	result, err := pool(t, nil, "hostile", name).Run(t.Context(), task(guesttest.Module{}.Bytes(), guesttest.Order{}), set)
	if err != nil {
		t.Fatalf("the worker that %q: %v", name, err)
	}
	return string(result.Output)
}

func TestHostileWorkersEnd(t *testing.T) {
	// Each of the first two loads nothing, so that only these need a short time for it; a call of "never ends" does
	// nothing, and only that needs a short time for its call. The others are ended for what they do.
	compile := map[string]time.Duration{"silent": 2 * time.Second, "strange streams": 2 * time.Second}
	running := map[string]time.Duration{"never ends": 500 * time.Millisecond, "asks without listening": 500 * time.Millisecond}
	for _, test := range []struct{ name, want string }{
		{"silent", "limit_time: the limit is 2s for compiling*"},
		{"gone", "the worker ended: exit status 5"},
		{"hangs up", "the worker ended: killed because it closed its connection"},
		{"garbage", "the worker ended: killed because it broke the protocol: a message of 1195725856 bytes; at most *"},
		{"a huge message", "the worker ended: killed because it broke the protocol: a message of 4194304 bytes; at most *"},
		{"strange streams", "limit_time: the limit is 2s for compiling*"},
		{"too much output", "the worker ended: killed because it broke the protocol: more output than the limit"},
		{"empty messages", "the worker ended: killed because it broke the protocol: a message of no kind"},
		{"an end of no kind", `the worker could not run the guest: "because"`},
		{"cancelled by itself", "the worker ended: killed because it broke the protocol: cancelled without being told"},
		{"talks after the end", "the worker ended: killed because it broke the protocol: a message after the end"},
		{"an error of its own", "the worker ended: killed because it broke the protocol: *"},
		{"never ends", "limit_time: the limit is 500ms, and it came to 700ms"},
		{"asks without listening", "*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := pool(t, func(o *worker.Options) {
				o.Compile, o.Grace = compile[test.name], 200*time.Millisecond
			}, "hostile", test.name)
			job := task(guesttest.Module{}.Bytes(), guesttest.Order{})
			job.Limits = skill.Limits{Time: skill.Time(running[test.name])}
			files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
			_, err := p.Run(t.Context(), job, with(files))
			if got := fmt.Sprint(err); err == nil || !matches(got, test.want) {
				t.Errorf("Run() = %s; want %s", got, test.want)
			}
		})
	}
}

// A worker that asks for ever has no more time than one that computes, whether it is answered at once or late.
func TestAHostileWorkerGetsNoTimeByAsking(t *testing.T) {
	for name, late := range map[string]time.Duration{"at once": 0, "late": 30 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pool(t, func(o *worker.Options) { o.Grace = 200 * time.Millisecond }, "hostile", "asks and asks")
			files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
			files.Before = func(context.Context, powers.Open) error { time.Sleep(late); return nil }
			job := task(guesttest.Module{}.Bytes(), guesttest.Order{})
			job.Limits = skill.Limits{Time: skill.Time(300 * time.Millisecond)}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := p.Run(ctx, job, with(files))
			if want := "limit_time: the limit is 300ms, and it came to 500ms"; err == nil || err.Error() != want {
				t.Errorf("Run() = %v; want %s", err, want)
			}
		})
	}
}

func TestAHostileWorkerGetsNothingByAsking(t *testing.T) {
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	if got := confession(t, "tries handles and names", with(files)); got != "" {
		t.Errorf("the host allowed:\n%s", got)
	}
	if held := files.Held(); held != 0 {
		t.Errorf("%d files are still open; want 0", held)
	}
}

func TestAHostileWorkerCannotFillTheHost(t *testing.T) {
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	if got := confession(t, "opens and opens", with(files)); got != "1024" {
		t.Errorf("the host opened %s files for one call; want 1024", got)
	}
	if held := files.Held(); held != 1024 { // closing would save what it wrote
		t.Errorf("%d files are open; want those that it left", held)
	}

	// A worker that sends without end, while the host waits for a person: the library queues, but no more than its
	// 64 messages of our size.
	files.Before = func(ctx context.Context, _ powers.Open) error { <-ctx.Done(); return ctx.Err() }
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	p := pool(t, func(o *worker.Options) { o.Grace = 100 * time.Millisecond }, "hostile", "asks without listening")
	before := heap()
	if _, err := p.Run(ctx, task(guesttest.Module{}.Bytes(), guesttest.Order{}), with(files)); err == nil {
		t.Error("Run() = nil; want an error")
	}
	if grown := heap() - before; grown > 32<<20 && grown < 1<<62 {
		t.Errorf("the host grew by %d bytes; want at most 32 MiB", grown)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
