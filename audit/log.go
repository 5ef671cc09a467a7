// Package audit keeps the record: one line of canonical JSON for each request, decision and call, written before the
// power acts. It knows neither who decides nor what runs. A line that cannot be written is an error, and whoever gets it
// refuses.
//
// The record is a file that only grows, audit.jsonl, and its older parts beside it. Each line names the hash of the line
// before, and a signed head, audit.head, says how far the record goes, so that Verify notices what anybody changed, took
// out or cut off who has not the key. docs/record.md says what they could do all the same.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gatehouse/permissions"
	"gatehouse/reserve"
)

const (
	current = "audit.jsonl"
	// reserveSize is what is kept of the disk for decisions, in bytes, and reserveStep what is given up at a time.
	reserveSize = 1 << 20
	reserveStep = 64 << 10
)

// Options are what a record is opened with; the zero value signs nothing and has the usual bounds.
type Options struct {
	// Keyring and File keep the key that signs, File only where Keyring could not be reached from the beginning. nil is
	// a keeper that cannot be reached.
	Keyring, File Keeper
	// Part is how big the current file becomes, in bytes, before it is put aside; zero is 64 MiB or a quarter of Most.
	Part int64
	// Most is how big the whole record becomes, in bytes, before its oldest parts are removed; zero is 1 GiB.
	Most int64
	// Oldest is how old the newest line of a part becomes before the part is removed; zero keeps it.
	Oldest time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

func (o Options) filled() Options {
	if o.Most == 0 {
		o.Most = 1 << 30
	}
	if o.Part == 0 {
		o.Part = min(64<<20, o.Most/4)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Log is an open record. The zero value discards what it is given. Its methods may be called from any goroutine.
type Log struct {
	mu      sync.Mutex
	dir     string
	options Options
	file    *os.File
	size    int64
	// seq and prev are the number and the hash of the last line, began the time of the first one in the current file.
	seq   uint64
	prev  string
	began time.Time

	key      key
	head     Head // as it is on disk
	headFile *os.File
	signing  *time.Timer // runs while a signature is due

	refused flood
	reserve *reserve.File
}

var _ permissions.Recorder = (*Log)(nil)

// Open opens the record in dir, making it where there is none, and says in lines of their own what it found: that the
// last line was torn, which is moved to the end of audit.torn; that the record does not fit its head; that its key is
// another one or cannot be reached; that older lines are not chained. It blocks while the keyring is asked. There is one
// Log for a folder at a time: whoever holds the database's lock has it.
func Open(dir string, o Options) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the record's folder: %w", err)
	}
	l := &Log{dir: dir, options: o.filled()}
	if err := l.begin(); err != nil {
		return nil, fmt.Errorf("opening the record: %w", err)
	}
	if err := l.mend(); err != nil {
		return nil, errors.Join(fmt.Errorf("mending the record: %w", err), l.abandon())
	}
	return l, nil
}

// begin opens the current file at its end, and the reserve.
func (l *Log) begin() (err error) {
	if l.file, l.size, err = openCurrent(l.dir); err != nil {
		return err
	}
	if first, err := firstLine(l.file); err == nil {
		l.began = first.Time
	} else {
		l.began = l.now()
	}
	l.reserve = reserve.Open(filepath.Join(l.dir, "audit.reserve"), reserveSize)
	return nil
}

func openCurrent(dir string) (*os.File, int64, error) {
	file, err := os.OpenFile(filepath.Join(dir, current), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// Record implements permissions.Recorder. Of a flood of refusals most are counted and not written one by one.
func (l *Log) Record(_ context.Context, e permissions.Event) error {
	r := Record{
		Kind: e.Kind, Call: e.Call, Subject: e.Subject, Grant: e.Grant, Verdict: e.Verdict, Rule: e.Rule,
		Lifetime: e.Lifetime, Code: e.Code,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Kind == KindRequest && r.Verdict == permissions.Deny && !l.countsAlone(r) {
		return nil
	}
	return l.append(r)
}

// Append numbers, dates and chains r and returns once the line is written. Where it cannot be written whole, nothing of
// it stays. Decisions are on disk when it returns, and signed.
func (l *Log) Append(r Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.append(r)
}

func (l *Log) append(r Record) error {
	err := l.add(r)
	if err == nil && l.full() {
		return l.rotate()
	}
	return err
}

// add is append to the file that is the current one, however full.
func (l *Log) add(r Record) error {
	if l.dir == "" {
		return nil
	}
	if l.file == nil {
		return fmt.Errorf("writing the record: %w", os.ErrClosed)
	}
	r.Seq, r.Prev, r.Time = l.seq+1, l.prev, l.now()
	line, err := r.canonical()
	if err == nil {
		err = l.write(append(line, '\n'), durable[r.Kind])
	}
	if err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	l.seq, l.prev, l.size = r.Seq, hashOf(line), l.size+int64(len(line))+1
	if !durable[r.Kind] || l.sign() != nil {
		l.signSoon()
	}
	return nil
}

// write adds a line. On a full disk the reserve makes room for what must be on disk; nothing else gets in until the
// reserve is whole again, so that no skill can use it up.
func (l *Log) write(line []byte, durably bool) error {
	if !durably && !l.reserve.Whole() {
		if err := l.reserve.Refill(); err != nil {
			return err
		}
	}
	err := l.put(line, durably)
	for l.file != nil && durably && reserve.Full(err) && l.reserve.Give(reserveStep) {
		err = l.put(line, durably)
	}
	return err
}

// put writes a line or takes back what of it was written. Where not even that works, no line may follow: the next Open
// mends the file.
func (l *Log) put(line []byte, durably bool) error {
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

// Close writes what was counted, signs and ends the Log; Append fails afterwards.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.writeCounted(), l.sign())
	if l.file == nil {
		return err
	}
	return errors.Join(err, l.file.Sync(), l.abandon())
}

// abandon closes what is open and stops what would come later.
func (l *Log) abandon() (err error) {
	for _, timer := range []*time.Timer{l.signing, l.refused.timer} {
		if timer != nil {
			timer.Stop()
		}
	}
	for _, file := range []*os.File{l.file, l.headFile} {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}
	l.file, l.headFile = nil, nil
	return err
}

func (l *Log) now() time.Time { return l.options.Now().UTC().Truncate(time.Millisecond) }

// hashOf is a line's hash, without its newline, in hexadecimal.
func hashOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}
