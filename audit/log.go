// Package audit keeps the record: one line of JSON for each request, decision and call, written before the power acts.
// It knows neither who decides nor what runs. A line that cannot be written is an error, and whoever gets it refuses.
//
// The record is a file that only grows, audit.jsonl, and its older parts beside it.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gatehouse/permissions"
)

const (
	current = "audit.jsonl"
	// largestPart is Log.largest.
	largestPart = 64 << 20
)

// Log is an open record. The zero value discards what it is given. Its methods may be called from any goroutine.
type Log struct {
	mu   sync.Mutex
	dir  string
	file *os.File
	size int64
	seq  uint64
	// largest is how big the file becomes, in bytes, before it is put aside and a new one begun.
	largest int64
}

var _ permissions.Recorder = (*Log)(nil)

// Open opens the record in dir, making it where there is none. Where its last line is torn, the torn part is moved to
// the end of audit.torn and a line of KindTorn says so. There is one Log for a folder at a time: whoever holds the database's lock
// has it.
func Open(dir string) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the record's folder: %w", err)
	}
	l := &Log{dir: dir, largest: largestPart}
	if err := l.begin(); err != nil {
		return nil, fmt.Errorf("opening the record: %w", err)
	}
	if err := l.mend(); err != nil {
		l.file.Close()
		return nil, fmt.Errorf("mending the record: %w", err)
	}
	return l, nil
}

// begin opens the current file at its end and finds the number of its last line.
func (l *Log) begin() error {
	file, err := os.OpenFile(filepath.Join(l.dir, current), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// mend cuts off a torn last line and reads on where the record stopped.
func (l *Log) mend() error {
	last, whole, err := lastLine(l.file, l.size)
	if err != nil {
		return err
	}
	var torn []byte
	if whole < l.size {
		torn = make([]byte, l.size-whole)
		if _, err := l.file.ReadAt(torn, whole); err != nil {
			return err
		}
		if err := putAside(filepath.Join(l.dir, "audit.torn"), torn); err != nil {
			return err
		}
		if err := l.file.Truncate(whole); err != nil {
			return err
		}
		l.size = whole
	}
	if l.seq, err = l.lastSeq(last); err != nil || torn == nil {
		return err
	}
	return l.Append(Record{Kind: KindTorn, OutputBytes: int64(len(torn))})
}

// putAside adds a torn line to those there.
func putAside(path string, torn []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(torn, '\n'))
	return errors.Join(err, file.Sync(), file.Close())
}

// lastSeq is the number in the last line, or in the last line of the newest older part.
func (l *Log) lastSeq(last []byte) (uint64, error) {
	if last == nil {
		parts, err := l.parts()
		if err != nil || len(parts) == 0 {
			return 0, err
		}
		return parts[len(parts)-1].last, nil
	}
	var r Record
	if err := json.Unmarshal(last, &r); err != nil {
		return 0, fmt.Errorf("its last line is not a record: %w", err)
	}
	return r.Seq, nil
}

// Record implements permissions.Recorder.
func (l *Log) Record(_ context.Context, e permissions.Event) error {
	return l.Append(Record{
		Kind: e.Kind, Call: e.Call, Subject: e.Subject, Grant: e.Grant, Verdict: e.Verdict, Rule: e.Rule,
		Lifetime: e.Lifetime, Code: e.Code,
	})
}

// Append numbers and dates r and returns once the line is written. Where it cannot be written whole, nothing of it
// stays. Decisions are on disk when it returns.
func (l *Log) Append(r Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dir == "" {
		return nil
	}
	if l.file == nil {
		return fmt.Errorf("writing the record: %w", os.ErrClosed)
	}
	r.Seq, r.Time = l.seq+1, time.Now().UTC().Truncate(time.Millisecond)
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	line = append(line, '\n')
	if err := l.write(line, durable[r.Kind]); err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	l.seq, l.size = r.Seq, l.size+int64(len(line))
	if l.size > l.largest {
		return l.rotate()
	}
	return nil
}

// write adds a line or takes back what of it was written. Where not even that works, no line may follow: the next Open
// mends the file.
func (l *Log) write(line []byte, durably bool) error {
	_, err := l.file.Write(line)
	if err == nil && durably {
		err = l.file.Sync()
	}
	if err == nil {
		return nil
	}
	if back := l.file.Truncate(l.size); back != nil {
		err = errors.Join(err, back, l.file.Close())
		l.file = nil
	}
	return err
}

// rotate puts the file aside under the number of its last line and begins a new one.
func (l *Log) rotate() error {
	if err := errors.Join(l.file.Sync(), l.file.Close()); err != nil {
		return fmt.Errorf("closing a full part of the record: %w", err)
	}
	l.file = nil
	if err := os.Rename(filepath.Join(l.dir, current), filepath.Join(l.dir, partName(l.seq))); err != nil {
		return fmt.Errorf("putting a full part of the record aside: %w", err)
	}
	return l.begin()
}

// Close ends the Log; Append fails afterwards.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	l.file = nil
	return err
}

// lastLine returns the last whole line of the first size bytes of r, and where it ends.
func lastLine(r io.ReaderAt, size int64) (line []byte, end int64, err error) {
	back := backwards{r: r, at: size}
	tail, err := back.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if bytes.HasSuffix(tail, []byte("\n")) {
		return tail, size, nil
	}
	if line, err = back.next(); errors.Is(err, io.EOF) {
		return nil, 0, nil
	}
	return line, size - int64(len(tail)), err
}
