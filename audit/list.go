package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Filter says which lines List returns.
type Filter struct {
	// Limit is how many at most; 0 means 100.
	Limit int
	// Before leaves out lines with this number and later; 0 leaves out none.
	Before uint64
	// Call, Kind and Skill leave out every line with another one; empty ones leave out nothing.
	Call, Kind, Skill string
}

func (f Filter) wants(r Record) bool {
	return (f.Before == 0 || r.Seq < f.Before) && (f.Call == "" || r.Call == f.Call) &&
		(f.Kind == "" || r.Kind == f.Kind) && (f.Skill == "" || r.Subject.Skill == f.Skill)
}

// List returns lines that f wants, the newest first. It reads backwards from the end and stops when it has enough.
func (l *Log) List(f Filter) ([]Record, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	file, size, parts, err := l.snapshot()
	if file == nil || err != nil {
		return nil, err
	}
	defer file.Close()
	found, err := collect(file, size, f, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range slices.Backward(parts) {
		if len(found) >= f.Limit {
			break
		}
		if found, err = collectPart(p.path, f, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// snapshot returns the current file, open for reading, with its size in whole lines and the older parts, all of one
// moment; no file for a Log that discards.
func (l *Log) snapshot() (file *os.File, size int64, parts []part, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dir == "" {
		return nil, 0, nil, nil
	}
	if parts, err = partsOf(l.dir); err == nil {
		file, err = os.Open(filepath.Join(l.dir, current))
	}
	if err != nil {
		return nil, 0, nil, fmt.Errorf("reading the record: %w", err)
	}
	return file, l.size, parts, nil
}

func collectPart(path string, f Filter, found []Record) ([]Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the record: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the record: %w", err)
	}
	return collect(file, info.Size(), f, found)
}

// collect adds to found what f wants of the first size bytes of file.
func collect(file *os.File, size int64, f Filter, found []Record) ([]Record, error) {
	lines := backwards{r: file, at: size}
	for len(found) < f.Limit {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the record: %w", err)
		}
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("reading the record: the line before byte %d of %s is not a record: %w", lines.end(), file.Name(), err)
		}
		if f.wants(r) {
			found = append(found, r)
		}
	}
	return found, nil
}

// backwards reads lines from the end of a file to its start.
type backwards struct {
	r   io.ReaderAt
	at  int64  // how much of the file has not been read
	buf []byte // read and not yet returned
}

const chunk = 64 << 10

// next returns the line before the last one returned, with its newline; the first one of a torn file has none. io.EOF
// at the start of the file.
func (b *backwards) next() ([]byte, error) {
	for {
		if i := bytes.LastIndexByte(b.body(), '\n'); i >= 0 {
			line := bytes.Clone(b.buf[i+1:])
			b.buf = b.buf[:i+1]
			return line, nil
		}
		if b.at == 0 {
			if len(b.buf) == 0 {
				return nil, io.EOF
			}
			line := b.buf
			b.buf = nil
			return line, nil
		}
		n := min(chunk, b.at)
		more := make([]byte, n, n+int64(len(b.buf)))
		if _, err := b.r.ReadAt(more, b.at-n); err != nil {
			return nil, err
		}
		b.at -= n
		b.buf = append(more, b.buf...)
	}
}

// body is what was read without the newline that ends the next line.
func (b *backwards) body() []byte { return b.buf[:max(0, len(b.buf)-1)] }

// end is where the line that comes next ends.
func (b *backwards) end() int64 { return b.at + int64(len(b.buf)) }
