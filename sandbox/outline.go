package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gatehouse/sandbox/meter"
)

// Of a module whose compiled form is at hand the library needs everything but its code. But it looks for that form under
// a hash of the whole module, and validates all of its code first, which was done when it was compiled. So the compiled
// form is kept under the hash of the module's outline, and the outline behind it, where the library does not read on. A
// module that is kept is neither metered nor validated again: what runs is the compiled form, which is believed for
// other reasons, or not at all.

// outlineEnd follows an outline in the file of the compiled form.
type outlineEnd struct {
	// Of says what was compiled, and by what.
	Of [sha256.Size]byte
	// Size is how long the outline is.
	Size int64
}

var outlineEndSize = int64(binary.Size(outlineEnd{}))

// outlineOf names wasm as it was metered and compiled here.
func outlineOf(wasm []byte) [sha256.Size]byte {
	code, revision := sha256.Sum256(wasm), meter.Revision()
	return sha256.Sum256(fmt.Appendf(nil, "outline 1 %x %x %d", code, revision, features))
}

// recall makes m ready from what was kept of wasm; false means that it must be compiled.
func (r *Runtime) recall(ctx context.Context, m *Module, wasm []byte) bool {
	if r.engines[compiling] == nil {
		return false
	}
	r.keeping.Lock()
	defer r.keeping.Unlock()
	before := lookAt(r.options.Cache)
	outline := before.outline(outlineOf(wasm))
	if outline == nil || r.ready(ctx, m, compiling, outline) != nil {
		return false
	}
	// Where the compiled form was not found after all, the library has compiled and kept the outline itself.
	if maps.Equal(before, lookAt(r.options.Cache)) {
		return true
	}
	_ = m.code.Close(ctx)
	for _, file := range before.added(r.options.Cache) {
		_ = os.Remove(file)
	}
	return false
}

// compileAndKeep compiles metered, and keeps it so that recall finds it. That it cannot be kept is no error.
func (r *Runtime) compileAndKeep(ctx context.Context, m *Module, wasm, metered []byte) error {
	r.keeping.Lock()
	defer r.keeping.Unlock()
	before := lookAt(r.options.Cache)
	if err := r.ready(ctx, m, compiling, metered); err != nil {
		return err
	}
	made := before.added(r.options.Cache)
	outline, err := meter.Outline(metered)
	if err != nil || len(made) != 1 {
		return nil
	}
	before = lookAt(r.options.Cache)
	var hollow Module
	if r.ready(ctx, &hollow, compiling, outline) == nil {
		_ = hollow.code.Close(ctx)
	}
	names := before.added(r.options.Cache)
	if len(names) == 1 && addOutline(made[0], outline, outlineOf(wasm)) == nil && os.Rename(made[0], names[0]) == nil {
		return nil
	}
	for _, file := range append(names, made...) { // nothing half-made
		_ = os.Remove(file)
	}
	return nil
}

func addOutline(file string, outline []byte, of [sha256.Size]byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	end := outlineEnd{of, int64(len(outline))}
	_, err = f.Write(outline)
	return errors.Join(err, binary.Write(f, binary.BigEndian, end), f.Close())
}

// shelf is what lies in the library's folders, by path.
type shelf map[string]stamp

// stamp tells a file from another in its place.
type stamp struct {
	size    int64
	changed time.Time
}

// lookAt looks at a cache. A worker has no right any more to ask for a file but by opening it.
func lookAt(cache string) shelf {
	s := shelf{}
	folders, _ := os.ReadDir(cache)
	for _, folder := range folders {
		if !folder.IsDir() || !strings.HasPrefix(folder.Name(), "wazero-") {
			continue
		}
		files, _ := os.ReadDir(filepath.Join(cache, folder.Name()))
		for _, file := range files {
			path := filepath.Join(cache, folder.Name(), file.Name())
			if f, err := os.Open(path); err == nil {
				if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
					s[path] = stamp{info.Size(), info.ModTime()}
				}
				_ = f.Close()
			}
		}
	}
	return s
}

// added are the files that are there now and were not in s.
func (s shelf) added(cache string) []string {
	now := lookAt(cache)
	maps.DeleteFunc(now, func(path string, is stamp) bool { return s[path] == is })
	return slices.Collect(maps.Keys(now))
}

// outline returns an outline, or nil where there is none of this.
func (s shelf) outline(of [sha256.Size]byte) []byte {
	for path, is := range s {
		if outline := readOutline(path, is.size, of); outline != nil {
			return outline
		}
	}
	return nil
}

func readOutline(path string, size int64, of [sha256.Size]byte) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var end outlineEnd
	last := io.NewSectionReader(f, size-outlineEndSize, outlineEndSize)
	if binary.Read(last, binary.BigEndian, &end) != nil || !bytes.Equal(end.Of[:], of[:]) || end.Size < 0 || end.Size > size-outlineEndSize {
		return nil
	}
	outline := make([]byte, end.Size)
	if _, err := f.ReadAt(outline, size-outlineEndSize-end.Size); err != nil {
		return nil
	}
	return outline
}
