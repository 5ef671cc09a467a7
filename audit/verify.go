package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// More of what Bad.What says, beside CutOff, Changed and BadHead.
const (
	Missing   = "missing"
	Reordered = "reordered"
	Torn      = "torn"
)

// Report is what Verify found.
type Report struct {
	// Lines is how many lines it read, in Parts files, First and Last their numbers; Before is how many of them are from
	// before the chain, and Removed how many older ones were removed to make room.
	Lines   uint64 `json:"lines"`
	Parts   int    `json:"parts"`
	First   uint64 `json:"first"`
	Last    uint64 `json:"last"`
	Before  uint64 `json:"before,omitempty"`
	Removed uint64 `json:"removed,omitempty"`
	// Signed is the last line under the signature, Kept where its key is, Time when it was made.
	Signed uint64    `json:"signed"`
	Kept   string    `json:"kept,omitempty"`
	Time   time.Time `json:"time,omitzero"`
	// Notes are sentences about what is no fault and worth knowing.
	Notes []string `json:"notes"`
	// Bad is the first thing that is wrong; nil for a record that is whole.
	Bad *Bad `json:"bad,omitempty"`
}

// Bad is a place where the record is not what was written.
type Bad struct {
	// Part is the file's name, Line counts its lines from 1 and is 0 where it is about the whole; Seq is the number of
	// the line in the record.
	Part string `json:"part"`
	Line int    `json:"line"`
	Seq  uint64 `json:"seq"`
	// What is Changed, Missing, Reordered, CutOff, Torn or BadHead; Said is a sentence.
	What string `json:"what"`
	Said string `json:"said"`
}

// Verify reads the whole record in dir and reports the first line that is not as it was written. What is wrong in lines
// up to after counts no more: a person has looked into that. It changes nothing and may run beside an open Log; o says
// where the key is. The error means that it could not be read.
func Verify(dir string, o Options, after uint64) (Report, error) {
	// A part may be put aside or removed, and a line be half written, while this reads.
	for tries := 3; ; tries-- {
		v := &verifier{dir: dir, options: o, after: after, Report: Report{Notes: []string{}}, unchained: map[Span]bool{}}
		err := v.read()
		again := errors.Is(err, fs.ErrNotExist) || v.Bad != nil
		if tries == 0 || !again || !v.moved() {
			return v.Report, err
		}
	}
}

// verifier walks the lines in their order.
type verifier struct {
	Report
	dir     string
	options Options
	after   uint64

	head    Head
	headErr error
	// size is how much of the current file there was.
	size int64
	// at is where the line before stood, prev its hash, empty where nothing can be said of it. doubt is set where that
	// line did not fit the one before it: where that one stood.
	at    Bad
	prev  string
	doubt *Bad
	// unchained are the parts from before the chain, with what a seal has to say of them.
	unchained map[Span]bool
	// gap is what was before the first line, which a later line has to account for.
	gap *Span
	// atHead is the hash of the line that the head names.
	atHead string
	chain  bool
}

func (v *verifier) read() error {
	v.head, v.headErr = ReadHead(v.dir)
	if v.headErr != nil && !errors.Is(v.headErr, errNoHead) && !errors.Is(v.headErr, fs.ErrNotExist) {
		return v.headErr
	}
	parts, err := partsOf(v.dir)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := v.part(p.path, false); err != nil || v.Bad != nil {
			return err
		}
	}
	err = v.part(filepath.Join(v.dir, current), true)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // the head knows what was in it
	}
	if err != nil || v.Bad != nil {
		return err
	}
	v.finish()
	return nil
}

// moved says whether the record is not what it was when it was read.
func (v *verifier) moved() bool {
	info, err := os.Stat(filepath.Join(v.dir, current))
	head, _ := ReadHead(v.dir)
	return err != nil || info.Size() != v.size || head != v.head
}

// longestLine is more than any line of ours has, in bytes.
const longestLine = 1 << 20

var errLong = errors.New("the line is too long")

// readLine returns a line with its newline, which is good until the next call, or what there is of it with the error.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	whole := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(whole) > longestLine {
			return whole, errLong
		}
		line, err = r.ReadSlice('\n')
		whole = append(whole, line...)
	}
	return whole, err
}

// part reads one file of the record.
func (v *verifier) part(path string, last bool) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading the record: %w", err)
	}
	defer file.Close()
	v.Parts++
	digest, size := sha256.New(), int64(0)
	lines := bufio.NewReader(io.TeeReader(file, digest))
	before, first := v.Before, v.Last+1
	for n := 1; ; n++ {
		here := Bad{Part: filepath.Base(path), Line: n, Seq: v.Last + 1}
		line, err := readLine(lines)
		size += int64(len(line))
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			if last {
				v.size = size
			}
			if v.Before > before {
				v.unchained[Span{First: first, Last: v.Last, Digest: hex.EncodeToString(digest.Sum(nil))}] = true
			}
			return nil
		case errors.Is(err, io.EOF) && last:
			v.size = size
			v.fail(here, Torn, "it ends in the middle of a line; when the host starts it puts that aside and says so")
			return nil
		case errors.Is(err, io.EOF), errors.Is(err, errLong):
			v.fail(here, Changed, "this is not a line that Gatehouse wrote")
			return nil
		case err != nil:
			return fmt.Errorf("reading the record: %w", err)
		}
		v.line(here, line[:len(line)-1])
		if n == 1 {
			first = v.Last
		}
		if v.Bad != nil {
			return nil
		}
	}
}

func (v *verifier) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// fail names the first thing that is wrong, and only notes what a person has looked into.
func (v *verifier) fail(place Bad, what, said string) {
	if v.Bad != nil {
		return
	}
	if v.after > 0 && place.Seq <= v.after {
		v.note("line %d: %s; you have looked into that", place.Seq, said)
		return
	}
	place.What, place.Said = what, said
	v.Bad = &place
}

// lines says "line 4 is" or "lines 4 to 9 are".
func lines(first, last uint64) string {
	if first == last {
		return fmt.Sprintf("line %d is", first)
	}
	return fmt.Sprintf("lines %d to %d are", first, last)
}
