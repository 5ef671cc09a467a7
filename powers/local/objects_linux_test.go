package local_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gatehouse/permissions"
	"gatehouse/powers"
)

func TestOnlyFilesAndFoldersAreOpened(t *testing.T) {
	h := newHouse(t)
	if err := unix.Mkfifo(h.ws("docs/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", h.ws("docs/socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	link(t, "/dev/zero", h.ws("docs/device"))
	j := granting(t, "fs:read:${workspace}/**", "fs:write:${workspace}/**", "fs:list:${workspace}/**", "fs:read:/dev/*", "fs:write:/dev/*").yes()
	f := h.files(t, j)
	for _, name := range []string{"/workspace/docs/pipe", "/workspace/docs/socket", "/workspace/docs/device", "/dev/zero"} {
		for _, o := range []powers.Open{{Path: name, Read: true}, {Path: name, Write: true}, {Path: name, Create: true}, {Path: name, Folder: true}} {
			if _, err := f.Open(t.Context(), o); !errors.Is(err, permissions.ErrDenied) {
				t.Errorf("Open(%+v) = %v; want %v", o, err, permissions.ErrDenied)
			}
		}
		if _, err := f.Stat(t.Context(), name, true); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("Stat(%q) = %v; want %v", name, err, permissions.ErrDenied)
		}
	}
	if err := f.Change(t.Context(), powers.Change{Operation: powers.RemoveFile, Path: "/workspace/docs/pipe"}); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("removing a pipe = %v; want %v", err, permissions.ErrDenied)
	}
	if got := j.questions(); len(got) != 0 {
		t.Errorf("asked %q; an answer would change nothing", got)
	}
	entries, err := open(t, f, powers.Open{Path: "/workspace/docs", Folder: true}).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name == "pipe" || e.Name == "socket" {
			t.Errorf("the list has %+v", e)
		}
	}
}

func TestAFileThatBecomesAPipeDuringThePauseIsRefused(t *testing.T) {
	h := newHouse(t)
	f := h.files(t, swapping(t, func() {
		os.Remove(h.ws("notes.md"))
		if err := unix.Mkfifo(h.ws("notes.md"), 0o600); err != nil {
			t.Error(err)
		}
	}))
	if got, err := read(t, f, "/workspace/notes.md"); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("reading = %q, %v; want %v", got, err, permissions.ErrDenied)
	}
}

func TestAFileWithASecondNameIsNotWritten(t *testing.T) {
	h := newHouse(t)
	if err := os.Link(h.outside+"/private.txt", h.ws("docs/hard")); err != nil {
		t.Fatal(err)
	}
	j := granting(t).yes()
	f := h.files(t, j)
	if got, err := read(t, f, "/workspace/docs/hard"); got != "the private" || err != nil {
		t.Errorf("reading = %q, %v; want the private, which was asked for", got, err)
	}
	for _, o := range []powers.Open{
		{Path: "/workspace/docs/hard", Write: true}, {Path: "/workspace/docs/hard", Append: true}, {Path: "/workspace/docs/hard", Create: true, Truncate: true},
	} {
		if _, err := f.Open(t.Context(), o); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("Open(%+v) = %v; want %v", o, err, permissions.ErrDenied)
		}
	}
	for _, c := range []powers.Change{
		{Operation: powers.Truncate, Path: "/workspace/docs/hard"}, {Operation: powers.Touch, Path: "/workspace/docs/hard"},
		{Operation: powers.Rename, Path: "/workspace/docs/hard", To: "/workspace/moved"},
	} {
		if err := f.Change(t.Context(), c); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("%s = %v; want %v", c.Operation, err, permissions.ErrDenied)
		}
	}
	// A second name that is given during the pause is noticed after it.
	j = swapping(t, func() {
		if err := os.Link(h.ws("notes.md"), h.ws("docs/later")); err != nil {
			t.Error(err)
		}
	})
	if err := open(t, h.files(t, j), powers.Open{Path: "/workspace/notes.md", Create: true, Truncate: true}).Close(t.Context()); !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("a second name during the pause: %v; want %v", err, permissions.ErrDenied)
	}
	if content(t, h.ws("docs/hard")) != "the private" || content(t, h.ws("notes.md")) != "the notes" {
		t.Error("a file was cut")
	}
}

// TestDeniedMeansNeverOpened lets the kernel report every open of the file; a no leaves none, a yes leaves one.
func TestDeniedMeansNeverOpened(t *testing.T) {
	h := newHouse(t)
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(watch)
	if _, err := unix.InotifyAddWatch(watch, h.ws("notes.md"), unix.IN_ALL_EVENTS); err != nil {
		t.Fatal(err)
	}
	events := func() int {
		n, err := unix.Read(watch, make([]byte, 4096))
		if err != nil && err != unix.EAGAIN {
			t.Fatal(err)
		}
		return max(n, 0) / unix.SizeofInotifyEvent
	}
	j := granting(t)
	f := h.files(t, j)
	for _, o := range []powers.Open{
		{Path: "/workspace/notes.md", Read: true}, {Path: "/workspace/notes.md", Write: true},
		{Path: "/workspace/notes.md", Create: true, Truncate: true}, {Path: "/workspace/docs/back", Append: true},
	} {
		if _, err := f.Open(t.Context(), o); !errors.Is(err, permissions.ErrDenied) {
			t.Errorf("Open(%+v) = %v; want %v", o, err, permissions.ErrDenied)
		}
	}
	if n := events(); n != 0 {
		t.Errorf("after refusals the kernel reports %d events; want 0", n)
	}
	j.answer = func(permissions.Need) error {
		if n := events(); n != 0 {
			t.Errorf("before the answer the kernel reports %d events; want 0", n)
		}
		return nil
	}
	if _, err := read(t, f, "/workspace/notes.md"); err != nil {
		t.Fatal(err)
	}
	if events() == 0 {
		t.Error("after an open the kernel reports nothing: this test shows nothing")
	}
}

func TestNamesThatAreNoTextAreNotListed(t *testing.T) {
	h := newHouse(t)
	write(t, h.ws("other/\xff\xfe"), "unspeakable")
	link(t, "\xff\xfe", h.ws("docs/unspeakable"))
	f := h.files(t, granting(t).yes())
	entries, err := open(t, f, powers.Open{Path: "/workspace/other", Folder: true}).List(t.Context())
	if err != nil || len(entries) != 1 || entries[0].Name != "x.txt" {
		t.Errorf("List() = %+v, %v; want x.txt alone", entries, err)
	}
	if got, err := read(t, f, "/workspace/docs/unspeakable"); !errors.Is(err, powers.ErrName) {
		t.Errorf("reading through a link to it = %q, %v; want %v", got, err, powers.ErrName)
	}
}

func TestNamesThatGrantsEscapeAreOpened(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"a*b", "[x]", "back\\slash", "new\nline", "${workspace}", "né~1", "\u202etxt.exe"} {
		write(t, h.ws(name), "found")
		j := granting(t).yes()
		if got, err := read(t, h.files(t, j), "/workspace/"+name); got != "found" || err != nil {
			t.Errorf("reading %q = %q, %v; want it found", name, got, err)
		}
		if want := permissions.FileGrant(permissions.Read, "${workspace}/"+name).String(); !slices.Equal(j.questions(), []string{want}) {
			t.Errorf("for %q asked %q; want %q", name, j.questions(), want)
		}
	}
}

// TestNoSpaceLosesNothingElse meets the system's limit on the size of a file, which a full disk resembles.
func TestNoSpaceLosesNothingElse(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	f := h.files(t, granting(t).yes())
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	const room = 16 << 20 // more than go test's own log has by then
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: room, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_FSIZE, &before)
	file := open(t, f, powers.Open{Path: "/workspace/notes.md", Append: true})
	n, err := file.WriteAt(t.Context(), bytes.Repeat([]byte("x"), 2*room), 0)
	if n != 0 || !errors.Is(err, powers.ErrSpace) {
		t.Errorf("WriteAt() = %d, %v; want %v", n, err, powers.ErrSpace)
	}
	if strings.Contains(err.Error(), h.workspace) {
		t.Errorf("the error %q tells a real name", err)
	}
	if err := file.Truncate(t.Context(), 2*room); !errors.Is(err, powers.ErrSpace) {
		t.Errorf("Truncate() = %v; want %v", err, powers.ErrSpace)
	}
	if err := file.Close(t.Context()); err != nil || content(t, h.ws("notes.md")) != "the notes" {
		t.Errorf("closing = %v, and the file holds %q; want what was there before", err, content(t, h.ws("notes.md")))
	}
}

func TestAFullDiskAndAnotherDevice(t *testing.T) {
	h := newHouse(t)
	small := h.ws("small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("small", small, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small disk needs the right to mount: %v", err)
	}
	defer unix.Unmount(small, unix.MNT_DETACH)
	write(t, small+"/kept", "kept")
	// Seen from the workspace it is another device.
	f := h.files(t, granting(t).yes())
	if got, err := read(t, f, "/workspace/small/kept"); !errors.Is(err, powers.ErrDevice) {
		t.Errorf("reading on another device = %q, %v; want %v", got, err, powers.ErrDevice)
	}
	if _, err := f.Open(t.Context(), powers.Open{Path: "/workspace/small/new", Create: true}); !errors.Is(err, powers.ErrDevice) {
		t.Errorf("creating on another device = %v; want %v", err, powers.ErrDevice)
	}
	if err := f.Change(t.Context(), powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/small/n"}); !errors.Is(err, powers.ErrDevice) {
		t.Errorf("renaming to another device = %v; want %v", err, powers.ErrDevice)
	}
	// As the workspace it is full soon.
	f = house{workspace: small}.files(t, granting(t).yes())
	defer f.Close() // before the unmount
	file := open(t, f, powers.Open{Path: "/workspace/big", Write: true, Create: true})
	if _, err := file.WriteAt(t.Context(), make([]byte, 1<<17), 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(t.Context()); !errors.Is(err, powers.ErrSpace) {
		t.Errorf("Close() = %v; want %v", err, powers.ErrSpace)
	}
	if left, err := os.ReadDir(small); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v; want what it held before", left, err)
	}
	if content(t, small+"/kept") != "kept" {
		t.Error("another file is lost")
	}
}

func TestOneObjectHasOneSpelling(t *testing.T) {
	h := newHouse(t)
	if err := os.Link(h.ws("notes.md"), h.ws("NOTES.MD")); err != nil { // two names by right
		t.Fatal(err)
	}
	f := h.files(t, granting(t).yes())
	for _, name := range []string{"/workspace/notes.md", "/workspace/NOTES.MD"} {
		if got, err := read(t, f, name); got != "the notes" || err != nil {
			t.Errorf("reading %q = %q, %v; want the notes", name, got, err)
		}
	}
	folding := h.ws("folding")
	if err := os.Mkdir(folding, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("folding", folding, "tmpfs", 0, "size=64k,casefold"); err != nil {
		t.Skipf("this kernel folds no case, or the right to mount is missing: %v", err)
	}
	defer unix.Unmount(folding, unix.MNT_DETACH)
	inner := folding + "/ws"
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	const foldCase = 0x40000000 // FS_CASEFOLD_FL
	folder, err := os.Open(inner)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := unix.IoctlSetPointerInt(int(folder.Fd()), unix.FS_IOC_SETFLAGS, foldCase); err != nil {
		t.Fatal(err)
	}
	write(t, inner+"/.env", "the secret")
	f = house{workspace: inner}.files(t, granting(t).yes())
	defer f.Close()
	if got, err := read(t, f, "/workspace/.ENV"); !errors.Is(err, powers.ErrNotExist) {
		t.Errorf("reading by another spelling = %q, %v; want %v", got, err, powers.ErrNotExist)
	}
	if _, err := f.Open(t.Context(), powers.Open{Path: "/workspace/.Env", Create: true, Truncate: true}); !errors.Is(err, powers.ErrExist) {
		t.Errorf("creating by another spelling = %v; want %v", err, powers.ErrExist)
	}
}
