package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// What a line of KindBroken says was wrong, as its Outcome, and Bad.What.
const (
	CutOff  = "cut off"
	Changed = "changed"
	BadHead = "head"
)

// mend reads on where the record stopped, puts right what a crash left, and says what else it found. A head that cannot
// be written is an error only where there was a key for it.
func (l *Log) mend() error {
	torn, err := l.cutTorn()
	if err != nil {
		return err
	}
	chained, err := l.resume()
	if err != nil {
		return err
	}
	found, err := l.compare(chained)
	if err != nil {
		return err
	}
	if l.headFile, err = os.OpenFile(filepath.Join(l.dir, headFile), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if !chained && l.seq > 0 {
		if err := l.seal(); err != nil {
			return err
		}
	}
	if torn > 0 {
		found = append(found, Record{Kind: KindTorn, OutputBytes: torn})
	}
	for _, r := range found {
		if err := l.append(r); err != nil {
			return err
		}
	}
	return errors.Join(l.sign(), l.trim())
}

// cutTorn puts a torn last line aside and returns how many bytes it had.
func (l *Log) cutTorn() (int64, error) {
	last := make([]byte, 1)
	if l.size == 0 {
		return 0, nil
	}
	if _, err := l.file.ReadAt(last, l.size-1); err != nil || last[0] == '\n' {
		return 0, err
	}
	lines := backwards{r: l.file, at: l.size}
	torn, err := lines.next()
	if err != nil {
		return 0, err
	}
	if err := putAside(filepath.Join(l.dir, "audit.torn"), torn); err != nil {
		return 0, err
	}
	l.size -= int64(len(torn))
	return int64(len(torn)), l.file.Truncate(l.size)
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

// link is what the chain needs of a line; Prev is nil in a line from before the chain.
type link struct {
	Seq  uint64  `json:"seq"`
	Prev *string `json:"prev"`
}

func linkOf(line []byte) (link, error) {
	var l link
	if err := json.Unmarshal(line, &l); err != nil {
		return l, err
	}
	if l.Seq == 0 {
		return l, errors.New("it has no number")
	}
	return l, nil
}

// resume takes the number and hash of the last line over, and says whether it is chained.
func (l *Log) resume() (chained bool, err error) {
	chained = true
	err = l.eachBack(func(line []byte) (bool, error) {
		last, err := linkOf(line)
		if err != nil {
			return false, fmt.Errorf("its last line is not a record: %w", err)
		}
		l.seq, l.prev, chained = last.Seq, hashOf(line), last.Prev != nil
		return false, nil
	})
	return chained, err
}

// eachBack calls f with every whole line, without its newline, the newest first, until f says to stop.
func (l *Log) eachBack(f func(line []byte) (more bool, err error)) error {
	parts, err := partsOf(l.dir)
	if err != nil {
		return err
	}
	more, err := linesBack(l.file, l.size, f)
	for i := len(parts) - 1; i >= 0 && more && err == nil; i-- {
		more, err = partBack(parts[i].path, f)
	}
	return err
}

func partBack(path string, f func([]byte) (bool, error)) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	return linesBack(file, info.Size(), f)
}

func linesBack(r io.ReaderAt, size int64, f func([]byte) (bool, error)) (bool, error) {
	lines := backwards{r: r, at: size}
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if more, err := f(bytes.TrimSuffix(line, []byte("\n"))); !more || err != nil {
			return false, err
		}
	}
}

// compare holds the end of the record against the head it was left with, chooses the key, and returns the lines that
// have to be said about both.
func (l *Log) compare(chained bool) (found []Record, err error) {
	head, bad := ReadHead(l.dir)
	gone := errors.Is(bad, fs.ErrNotExist)
	if bad != nil && !gone && !errors.Is(bad, errNoHead) {
		return nil, bad
	}
	if l.key, err = chooseKey(l.options, head); err != nil {
		return nil, err
	}
	had := l.key.private != nil && !l.key.made
	broken := func(what string, first, last uint64) {
		found = append(found, Record{Kind: KindBroken, Outcome: what, Span: &Span{First: first, Last: last}})
	}
	switch {
	case gone && !had && (l.seq == 0 || !chained || l.key.private == nil):
		// The record begins here, or its chain, or nobody signs it.
	case bad != nil:
		broken(BadHead, l.seq, l.seq)
	case !head.signedBy(head.Key), had && head.Key != l.key.public():
		broken(BadHead, head.Seq, head.Seq)
	case head.Seq > l.seq:
		broken(CutOff, l.seq+1, head.Seq)
	default:
		fits, err := l.reaches(head)
		if err != nil {
			return nil, err
		}
		if !fits {
			broken(Changed, head.Seq, l.seq)
		}
	}
	switch {
	case l.key.made && head.Key != "":
		found = append(found, Record{Kind: KindKey, Outcome: l.key.kept, Key: l.key.public()})
	case l.key.private == nil && head.Key != "":
		found = append(found, Record{Kind: KindKey, Outcome: Unreachable})
	}
	l.head = head
	return found, nil
}

// reaches says whether the chain leads from the last line back to the one that head names.
func (l *Log) reaches(head Head) (bool, error) {
	if head.Seq == 0 {
		return true, nil
	}
	want, fits := l.prev, false
	err := l.eachBack(func(line []byte) (bool, error) {
		at, err := linkOf(line)
		if err != nil || hashOf(line) != want || at.Seq < head.Seq || at.Prev == nil {
			return false, nil
		}
		fits = at.Seq == head.Seq && want == head.Hash
		want = *at.Prev
		return !fits, nil
	})
	return fits, err
}
