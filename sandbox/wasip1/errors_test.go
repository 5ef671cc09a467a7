package wasip1_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// failing is a power on which everything fails in the same way.
type failing struct{ err error }

func (f failing) Open(context.Context, powers.Open) (powers.File, error) { return nil, f.err }
func (f failing) Stat(context.Context, string, bool) (powers.Info, error) {
	return powers.Info{}, f.err
}
func (f failing) Change(context.Context, powers.Change) error { return f.err }

// quiet is a door that opens nothing by itself.
func quiet(t *testing.T, files powers.Files) *door {
	t.Helper()
	d := newDoor(t, pages)
	d.files, d.pages = files, 0
	d.renew()
	return d
}

func TestWhatAPowerSaysHasItsOwnNumber(t *testing.T) {
	d := quiet(t, nil)
	for err, want := range map[error]uint32{
		&permissions.DeniedError{Code: permissions.CodeUndeclared}: 2,
		powers.ErrNotExist: 44, powers.ErrExist: 20, powers.ErrFolder: 31, powers.ErrNotFolder: 54, powers.ErrNotEmpty: 55,
		powers.ErrLink: 32, powers.ErrName: 28, powers.ErrClosed: 8, powers.ErrSpace: 51, powers.ErrTooMany: 33, powers.ErrDevice: 75,
		powers.ErrIO: 29, fmt.Errorf("/home/person: %w", powers.ErrSpace): 51, context.Canceled: 29,
	} {
		d.files = failing{err}
		d.renew()
		d.guest.Memory().WriteString(100, "file")
		if code, _ := d.call("path_open", 3, 0, 100, 4, 0, 2, 0, 0, 0); code != want {
			t.Errorf("opening where it says %v = %d; want %d", err, code, want)
		}
		if code, _ := d.call("path_create_directory", 3, 100, 4); code != want {
			t.Errorf("making a folder where it says %v = %d; want %d", err, code, want)
		}
	}
}

// A call that has no files at all is refused by every function that names one.
func TestWithoutFilesEveryNameIsRefused(t *testing.T) {
	d := quiet(t, nil)
	d.guest.Memory().WriteString(100, "file")
	for name, args := range map[string][]uint64{
		"path_open":               {3, 0, 100, 4, 0, 2, 0, 0, 0},
		"path_create_directory":   {3, 100, 4},
		"path_remove_directory":   {3, 100, 4},
		"path_unlink_file":        {3, 100, 4},
		"path_rename":             {3, 100, 4, 4, 100, 4},
		"path_symlink":            {100, 4, 3, 100, 4},
		"path_readlink":           {3, 100, 4, 200, 10, 0},
		"path_filestat_get":       {3, 0, 100, 4, 200},
		"path_filestat_set_times": {3, 0, 100, 4, 0, 0, 5},
		"fd_filestat_set_times":   {3, 0, 0, 5},
		"fd_readdir":              {3, 200, 100, 0, 0},
	} {
		if code, err := d.call(name, args...); code != 2 || err != nil {
			t.Errorf("%s = %d, %v; want 2, no access", name, code, err)
		}
	}
	if code, _ := d.call("path_link", 3, 0, 100, 4, 3, 100, 4); code != 63 {
		t.Errorf("path_link = %d; want 63, not allowed", code)
	}
}

func TestErrorNumbers(t *testing.T) {
	d := newDoor(t, pages) // 6 is a file, 7 a folder
	m := d.guest.Memory()
	for text, at := range map[string]uint32{
		"a/../../x": 300, "/etc": 320, "a\x00b": 340, "\xff\xfe": 360, "file/": 380, "..": 400, ".": 410, strings.Repeat("s", 256): 500, strings.Repeat("s/", 2100): 1000,
		"link": 8000, "folderd/": 8020, "fresh": 8040,
	} {
		m.WriteString(at, text)
	}
	for _, c := range []struct {
		name string
		do   string
		args []uint64
		want uint32
	}{
		{"a name above the folder", "path_open", []uint64{3, 0, 300, 9, 0, 2, 0, 0, 0}, 76},
		{"an absolute name", "path_open", []uint64{3, 0, 320, 4, 0, 2, 0, 0, 0}, 76},
		{"a zero byte", "path_open", []uint64{3, 0, 340, 3, 0, 2, 0, 0, 0}, 28},
		{"what is no text", "path_open", []uint64{3, 0, 360, 2, 0, 2, 0, 0, 0}, 25},
		{"an empty name", "path_open", []uint64{3, 0, 300, 0, 0, 2, 0, 0, 0}, 44},
		{"a long segment", "path_open", []uint64{3, 0, 500, 256, 0, 2, 0, 0, 0}, 37},
		{"a long name", "path_open", []uint64{3, 0, 1000, 4200, 0, 2, 0, 0, 0}, 37},
		{"a name outside the memory", "path_open", []uint64{3, 0, room - 2, 4, 0, 2, 0, 0, 0}, 21},
		{"a result outside the memory", "path_open", []uint64{3, 0, 8040, 5, 0, 2, 0, 0, room - 2}, 21},
		{"relative to a file", "path_open", []uint64{6, 0, 8040, 5, 0, 2, 0, 0, 0}, 54},
		{"relative to a stream", "path_open", []uint64{0, 0, 8040, 5, 0, 2, 0, 0, 0}, 54},
		{"relative to nothing", "path_open", []uint64{99, 0, 8040, 5, 0, 2, 0, 0, 0}, 8},
		{"a folder to be made by opening", "path_open", []uint64{3, 0, 8040, 5, 3, 2, 0, 0, 0}, 28},
		{"a folder to be written", "path_open", []uint64{3, 0, 8020, 8, 0, 1 << 6, 0, 0, 0}, 31},
		{"synchronous writing", "path_open", []uint64{3, 0, 8040, 5, 0, 2, 0, 1 << 4, 0}, 58},
		{"flags that are none", "path_open", []uint64{3, 0, 8040, 5, 1 << 4, 2, 0, 0, 0}, 28},
		{"making what is here", "path_create_directory", []uint64{3, 410, 1}, 20},
		{"removing what is here", "path_remove_directory", []uint64{7, 410, 1}, 28},
		{"removing a file as a folder", "path_unlink_file", []uint64{3, 380, 5}, 54},
		{"a second name", "path_link", []uint64{3, 0, 8040, 5, 3, 8000, 4}, 20},
		{"what is no link", "path_readlink", []uint64{3, 8040, 5, 9000, 10, 0}, 28},
		{"reading a link", "path_readlink", []uint64{3, 8000, 3, 9000, 10, 0}, 28},
		{"reading a folder", "fd_read", []uint64{7, 9000, 1, 0}, 31},
		{"writing to the input", "fd_write", []uint64{0, 9000, 1, 0}, 8},
		{"reading from the output", "fd_read", []uint64{1, 9000, 1, 0}, 8},
		{"reading at a place of a stream", "fd_pread", []uint64{0, 9000, 1, 5, 0}, 70},
		{"reading before the beginning", "fd_pread", []uint64{6, 9000, 1, 1 << 63, 0}, 28},
		{"pieces outside the memory", "fd_read", []uint64{6, room - 4, 1, 0}, 21},
		{"seeking in a stream", "fd_seek", []uint64{0, 0, 0, 0}, 70},
		{"seeking in a folder", "fd_seek", []uint64{7, 0, 0, 0}, 8},
		{"seeking before the beginning", "fd_seek", []uint64{6, 1<<64 - 1, 0, 0}, 28},
		{"seeking from nowhere", "fd_seek", []uint64{6, 0, 3, 0}, 28},
		{"telling where a stream is", "fd_tell", []uint64{1, 0}, 70},
		{"advice that is none", "fd_advise", []uint64{6, 0, 0, 6}, 28},
		{"advice", "fd_advise", []uint64{6, 0, 0, 5}, 0},
		{"room for nothing", "fd_allocate", []uint64{6, 0, 0}, 28},
		{"room without an end", "fd_allocate", []uint64{6, 1<<63 - 1, 1}, 22},
		{"cutting a folder", "fd_filestat_set_size", []uint64{7, 0}, 31},
		{"two times at once", "fd_filestat_set_times", []uint64{6, 0, 0, 3}, 28},
		{"saving a stream", "fd_sync", []uint64{1}, 28},
		{"listing a file", "fd_readdir", []uint64{6, 9000, 100, 0, 0}, 54},
		{"the name of a root in too little room", "fd_prestat_dir_name", []uint64{3, 9000, 9}, 37},
		{"the name of what is no root", "fd_prestat_get", []uint64{6, 9000}, 8},
		{"a number that is free", "fd_renumber", []uint64{6, 50}, 8},
		{"a number to itself", "fd_renumber", []uint64{6, 6}, 0},
		{"a huge number", "fd_renumber", []uint64{6, 1<<32 - 1}, 8},
		{"more rights", "fd_fdstat_set_rights", []uint64{0, 1<<64 - 1, 0}, 76},
		{"a stream that does not block", "fd_fdstat_set_flags", []uint64{0, 4}, 58},
		{"a clock that is none", "clock_time_get", []uint64{4, 0, 9000}, 28},
		{"waiting for nothing", "poll_oneoff", []uint64{0, 9000, 0, 0}, 28},
		{"waiting for too much", "poll_oneoff", []uint64{0, 9000, 4097, 0}, 28},
		{"a signal that is none", "proc_raise", []uint64{31}, 28},
		{"a signal that nobody minds", "proc_raise", []uint64{16}, 0},
		{"a socket that is a file", "sock_shutdown", []uint64{6, 0}, 57},
		{"a socket that is nothing", "sock_shutdown", []uint64{99, 0}, 8},
		{"closing what is closed", "fd_close", []uint64{99}, 8},
	} {
		if code, err := d.call(c.do, c.args...); code != c.want || err != nil {
			t.Errorf("%s: %s = %d, %v; want %d", c.name, c.do, code, err, c.want)
		}
	}
}

func TestRightsOnlyShrink(t *testing.T) {
	d := newDoor(t, pages)
	const read = 2
	if code, _ := d.call("fd_fdstat_set_rights", 6, read, 0); code != 0 {
		t.Fatalf("taking rights away = %d", code)
	}
	for name, c := range map[string]struct {
		args []uint64
		want uint32
	}{
		"fd_read": {[]uint64{6, 9000, 0, 0}, 0}, "fd_write": {[]uint64{6, 9000, 0, 0}, 8}, "fd_tell": {[]uint64{6, 0}, 76},
		"fd_filestat_get": {[]uint64{6, 9000}, 76}, "fd_fdstat_set_rights": {[]uint64{6, read | 4, 0}, 76},
	} {
		if code, _ := d.call(name, c.args...); code != c.want {
			t.Errorf("%s = %d; want %d", name, code, c.want)
		}
	}
}

func TestAFolderIsReadInPieces(t *testing.T) {
	d := newDoor(t, pages)
	var names []string
	var cookie uint64
	for range 10 {
		if code, err := d.call("fd_readdir", 7, 1000, 250, cookie, 0); code != 0 || err != nil {
			t.Fatalf("fd_readdir = %d, %v", code, err)
		}
		used, _ := d.guest.Memory().ReadUint32Le(0)
		b, _ := d.guest.Memory().Read(1000, used)
		for len(b) >= 24 {
			n := int(binary.LittleEndian.Uint32(b[16:]))
			if len(b) < 24+n {
				break // cut off: it comes again
			}
			cookie = binary.LittleEndian.Uint64(b)
			names, b = append(names, string(b[24:24+n])), b[24+n:]
		}
		if used < 250 {
			break
		}
	}
	if want := []string{".", "..", "a", strings.Repeat("b", 200)}; !slices.Equal(names, want) {
		t.Errorf("the folder has %.60q; want %.60q", names, want)
	}
	if code, _ := d.call("fd_readdir", 7, 1000, 250, 1<<63, 0); code != 0 {
		t.Errorf("beyond the end = %d; want 0 and nothing", code)
	}
	if used, _ := d.guest.Memory().ReadUint32Le(0); used != 0 {
		t.Errorf("beyond the end came %d bytes", used)
	}
}

func TestWaiting(t *testing.T) {
	d := newDoor(t, pages)
	m := d.guest.Memory()
	subscribe := func(at uint32, user uint64, kind byte, number uint32, timeout uint64) {
		b := make([]byte, 48)
		binary.LittleEndian.PutUint64(b, user)
		b[8] = kind
		binary.LittleEndian.PutUint32(b[16:], number)
		binary.LittleEndian.PutUint64(b[24:], timeout)
		m.Write(at, b)
	}
	wait := func(n uint64) (events []string) {
		if code, err := d.call("poll_oneoff", 1000, 1000, n, 0); code != 0 || err != nil { // over what was read
			t.Fatalf("poll_oneoff = %d, %v", code, err)
		}
		count, _ := m.ReadUint32Le(0)
		for i := range count {
			b, _ := m.Read(1000+32*i, 32)
			events = append(events, fmt.Sprintf("%d: %d, kind %d, %d bytes, flags %d",
				binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:]), b[10], binary.LittleEndian.Uint64(b[16:]), b[24]))
		}
		return events
	}
	subscribe(1000, 11, 0, 1, 5_000)
	subscribe(1048, 12, 0, 1, 4_000)
	subscribe(1096, 13, 0, 0, 4_000)
	if got, want := wait(3), []string{"12: 0, kind 0, 0 bytes, flags 0", "13: 0, kind 0, 0 bytes, flags 0"}; !slices.Equal(got, want) {
		t.Errorf("the first clocks = %q; want %q", got, want)
	}
	subscribe(1000, 21, 0, 1, 5_000)
	subscribe(1048, 22, 1, 0, 0)
	subscribe(1096, 23, 2, 1, 0)
	subscribe(1144, 24, 1, 99, 0)
	subscribe(1192, 25, 9, 0, 0)
	subscribe(1240, 26, 0, 7, 0)
	want := []string{
		"22: 0, kind 1, 5 bytes, flags 0", "23: 0, kind 2, 0 bytes, flags 0", "24: 8, kind 1, 0 bytes, flags 0",
		"25: 28, kind 9, 0 bytes, flags 0", "26: 28, kind 0, 0 bytes, flags 0",
	}
	if got := wait(6); !slices.Equal(got, want) {
		t.Errorf("what is ready = %q; want %q", got, want)
	}
}
