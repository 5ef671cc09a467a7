package guesttest

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// Files is a file system in memory. It is powers.Files for one call or many.
type Files struct {
	// Before is called ahead of every Open, and may wait, fail or panic.
	Before func(ctx context.Context, o powers.Open) error

	mu      sync.Mutex
	content map[string][]byte
	links   map[string]string
	folders map[string]bool
	touched map[string]time.Time
	paths   []string
	open    int
}

// NewFiles returns a file system with this content by path, and the folders above it.
func NewFiles(content map[string]string) *Files {
	f := &Files{content: map[string][]byte{}, links: map[string]string{}, folders: map[string]bool{}, touched: map[string]time.Time{}}
	for p, text := range content {
		f.content[p] = []byte(text)
		for folder := path.Dir(p); folder != "/"; folder = path.Dir(folder) {
			f.folders[folder] = true
		}
	}
	return f
}

// Content returns what the file at p holds now, and whether it is there.
func (f *Files) Content(p string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, found := f.content[p]
	return string(b), found
}

// Touched returns the time that Touch gave p.
func (f *Files) Touched(p string) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.touched[p]
}

// Paths returns every path that came in, in order.
func (f *Files) Paths() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.paths)
}

// Held returns how many objects are open.
func (f *Files) Held() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

// Refuse is an error for Before.
func Refuse(grant string) error {
	return &permissions.DeniedError{Code: permissions.CodeDenied, Grant: grant, Rule: "the person's eyes only"}
}

// Open implements powers.Files.
func (f *Files) Open(ctx context.Context, o powers.Open) (powers.File, error) {
	f.mu.Lock()
	f.paths = append(f.paths, o.Path)
	f.mu.Unlock()
	if f.Before != nil {
		if err := f.Before(ctx, o); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, file := f.content[o.Path]
	switch {
	case f.folders[o.Path] && o.Write:
		return nil, fmt.Errorf("%s: %w", o.Path, powers.ErrFolder)
	case file && o.Folder:
		return nil, fmt.Errorf("%s: %w", o.Path, powers.ErrNotFolder)
	case file && o.Exclusive:
		return nil, fmt.Errorf("%s: %w", o.Path, powers.ErrExist)
	case !file && !f.folders[o.Path] && !o.Create:
		return nil, fmt.Errorf("%s: %w", o.Path, powers.ErrNotExist)
	case !file && o.Create, o.Truncate:
		f.content[o.Path] = nil
	}
	f.open++
	return &memoryFile{files: f, open: o}, nil
}

// Stat implements powers.Files.
func (f *Files) Stat(_ context.Context, p string, _ bool) (powers.Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paths = append(f.paths, p)
	return f.info(p)
}

func (f *Files) info(p string) (powers.Info, error) {
	if says, link := f.links[p]; link {
		return powers.Info{Kind: powers.Link, Links: 1, Inode: uint64(len(p)), Device: 1, Target: says}, nil
	}
	if f.folders[p] {
		return powers.Info{Kind: powers.Folder, Links: 1, Inode: uint64(len(p)), Device: 1}, nil
	}
	b, found := f.content[p]
	if !found {
		return powers.Info{}, fmt.Errorf("%s: %w", p, powers.ErrNotExist)
	}
	return powers.Info{Kind: powers.RegularFile, Size: int64(len(b)), Links: 1, Inode: uint64(len(p)), Device: 1}, nil
}

// Change implements powers.Files.
func (f *Files) Change(_ context.Context, c powers.Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paths = append(f.paths, c.Path)
	switch c.Operation {
	case powers.MakeFolder:
		f.folders[c.Path] = true
	case powers.MakeLink:
		f.links[c.Path] = c.To
	case powers.RemoveFile, powers.Rename:
		b, found := f.content[c.Path]
		if !found {
			return fmt.Errorf("%s: %w", c.Path, powers.ErrNotExist)
		}
		delete(f.content, c.Path)
		if c.Operation == powers.Rename {
			f.content[c.To] = b
		}
	case powers.Touch:
		f.touched[c.Path] = c.Modified
	default:
		return powers.ErrNotExist
	}
	return nil
}

type memoryFile struct {
	files *Files
	open  powers.Open
}

func (m *memoryFile) Info(context.Context) (powers.Info, error) {
	m.files.mu.Lock()
	defer m.files.mu.Unlock()
	return m.files.info(m.open.Path)
}

func (m *memoryFile) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	m.files.mu.Lock()
	defer m.files.mu.Unlock()
	b := m.files.content[m.open.Path]
	if !m.open.Read {
		return 0, powers.ErrClosed
	}
	return copy(p, b[min(off, int64(len(b))):]), nil
}

func (m *memoryFile) WriteAt(_ context.Context, p []byte, off int64) (int, error) {
	m.files.mu.Lock()
	defer m.files.mu.Unlock()
	if !m.open.Write {
		return 0, powers.ErrClosed
	}
	b := m.files.content[m.open.Path]
	if m.open.Append {
		off = int64(len(b))
	}
	if grown := off + int64(len(p)); grown > int64(len(b)) {
		b = append(b, make([]byte, grown-int64(len(b)))...)
	}
	copy(b[off:], p)
	m.files.content[m.open.Path] = b
	return len(p), nil
}

func (m *memoryFile) Truncate(_ context.Context, size int64) error {
	m.files.mu.Lock()
	defer m.files.mu.Unlock()
	m.files.content[m.open.Path] = m.files.content[m.open.Path][:size]
	return nil
}

func (m *memoryFile) Touch(_ context.Context, _, modified time.Time) error {
	m.files.mu.Lock()
	defer m.files.mu.Unlock()
	m.files.touched[m.open.Path] = modified
	return nil
}

func (m *memoryFile) Sync(context.Context) error { return nil }

func (m *memoryFile) List(context.Context) ([]powers.Entry, error) {
	m.files.mu.Lock()
	defer m.files.mu.Unlock()
	if !m.files.folders[m.open.Path] {
		return nil, powers.ErrNotFolder
	}
	var entries []powers.Entry
	for _, p := range slices.Sorted(maps.Keys(m.files.content)) {
		if path.Dir(p) == m.open.Path {
			entries = append(entries, powers.Entry{Name: path.Base(p), Kind: powers.RegularFile, Inode: 7})
		}
	}
	for _, p := range slices.Sorted(maps.Keys(m.files.folders)) {
		if path.Dir(p) == m.open.Path {
			entries = append(entries, powers.Entry{Name: path.Base(p), Kind: powers.Folder, Inode: 8})
		}
	}
	slices.SortFunc(entries, func(a, b powers.Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (m *memoryFile) Close(context.Context) error {
	m.files.mu.Lock()
	defer m.files.mu.Unlock()
	m.files.open--
	return nil
}
