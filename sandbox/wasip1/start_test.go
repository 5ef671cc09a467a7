package wasip1_test

import (
	"context"
	"slices"
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers"
)

// tops is a power of which a guest may know the workspace and what lies at or above /data/in.
type tops struct {
	powers.Files
	opened []string
}

func (f *tops) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	f.opened = append(f.opened, o.Path)
	return f.Files.Open(ctx, o)
}

func (f *tops) Stat(ctx context.Context, path string, follow bool) (powers.Info, error) {
	for _, known := range []string{"/workspace", "/workspace/etc", "/workspace/notes.txt", "/workspace/lib"} {
		if path == known {
			return powers.Info{Kind: powers.Folder}, nil
		}
	}
	switch path {
	case "/data":
		return powers.Info{Kind: powers.Folder}, nil
	case "/workspace/tmp", "/workspace/none", "/workspace/usr", "/workspace/srv":
		return powers.Info{}, powers.ErrNotExist
	}
	return powers.Info{}, &permissions.DeniedError{Code: permissions.CodeUndeclared}
}

// A guest of C begins in the workspace: its library hands over absolute and relative names alike.
func TestWhereANameBeginsThatHasLostItsSlash(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"notes.txt", "/workspace/notes.txt"},
		{"./notes.txt", "/workspace/notes.txt"},
		{"none", "/workspace/none"},
		{"sub/../notes.txt", "/workspace/notes.txt"},
		{"workspace/notes.txt", "/workspace/notes.txt"},
		{"data/in/a", "/data/in/a"},
		{"etc/passwd", "/workspace/etc/passwd"}, // the workspace has such a folder
		{"usr/share/x", "/usr/share/x"},
		{"tmp/x", "/tmp/x"},
		{"tmp", "/workspace/tmp"},
		{"lib/x.c", "/workspace/lib/x.c"},
		{"secret/x", "/workspace/secret/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := &tops{Files: guesttest.NewFiles(nil)}
			d := newDoor(t, pages)
			d.files = files
			d.pages = 0 // which opens nothing by itself
			d.renew()
			for range 2 { // the second time from what is remembered
				d.guest.Memory().WriteString(100, c.name)
				if _, err := d.call("path_open", 5, 1, 100, uint64(len(c.name)), 0, 2, 0, 0, 0); err != nil {
					t.Fatal(err)
				}
			}
			if want := []string{c.want, c.want}; !slices.Equal(files.opened, want) {
				t.Errorf("opened %q; want %q", files.opened, want)
			}
		})
	}
}

func TestTheStartIsTheLastRoot(t *testing.T) {
	d := newDoor(t, pages)
	d.pages = 0
	d.renew()
	var names []string
	for fd := uint64(3); ; fd++ {
		if code, _ := d.call("fd_prestat_get", fd, 0); code != 0 {
			break
		}
		n, _ := d.guest.Memory().ReadUint32Le(4)
		if code, err := d.call("fd_prestat_dir_name", fd, 100, uint64(n)); code != 0 || err != nil {
			t.Fatal(code, err)
		}
		b, _ := d.guest.Memory().Read(100, n)
		names = append(names, string(b))
	}
	if want := []string{"/workspace", "/", "."}; !slices.Equal(names, want) {
		t.Errorf("the roots are %q; want %q: Go takes the longest that a name begins with, C the last of the shortest", names, want)
	}
}
