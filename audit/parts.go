package audit

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gatehouse/reserve"
)

// part is an older file of the record. last is the number of its last line.
type part struct {
	path string
	last uint64
}

func partName(last uint64) string { return fmt.Sprintf("audit-%020d.jsonl", last) }

// partsOf lists the older files of the record in dir, the oldest first.
func partsOf(dir string) ([]part, error) {
	names, err := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var parts []part
	for _, name := range names {
		var last uint64
		if _, err := fmt.Sscanf(filepath.Base(name), "audit-%020d.jsonl", &last); err == nil {
			parts = append(parts, part{name, last})
		}
	}
	return parts, nil
}

// full says whether the current file is to be put aside: it is large, or so old that age could not remove it in time.
func (l *Log) full() bool {
	age := l.options.Oldest
	return l.size > l.options.Part || age > 0 && l.size > 0 && l.now().Sub(l.began) > age/10
}

// rotate puts the file aside under the number of its last line, begins a new one and removes what is too much. Where no
// new one can be begun, the old one goes on.
func (l *Log) rotate() error {
	if err := l.putCurrentAside(); err != nil {
		return err
	}
	return l.trim()
}

func (l *Log) putCurrentAside() error {
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("putting a full part of the record on disk: %w", err)
	}
	from, to := filepath.Join(l.dir, current), filepath.Join(l.dir, partName(l.seq))
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("putting a full part of the record aside: %w", err)
	}
	file, size, err := openCurrent(l.dir)
	if err != nil {
		back := os.Rename(to, from)
		if back == nil && reserve.Full(err) {
			return nil
		}
		return fmt.Errorf("beginning a new part of the record: %w", errors.Join(err, back))
	}
	err = l.file.Close()
	l.file, l.size, l.began = file, size, l.now()
	return err
}

// seal puts the lines from before the chain aside and writes the digest of each part of them. The first of these lines
// is chained to the last one from before.
func (l *Log) seal() error {
	if l.size > 0 {
		if err := l.putCurrentAside(); err != nil {
			return err
		}
	}
	parts, err := partsOf(l.dir)
	if err != nil {
		return err
	}
	for _, p := range parts {
		first, _, err := ends(p.path)
		if err != nil {
			return err
		}
		digest, err := digestOf(p.path)
		if err != nil {
			return err
		}
		if err := l.append(Record{Kind: KindSeal, Span: &Span{First: first.Seq, Last: p.last, Digest: digest}}); err != nil {
			return err
		}
	}
	return nil
}

func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// trim removes the oldest parts of a record that is too large, and those that are too old, once a line on disk says
// which. The current file always stays.
func (l *Log) trim() error {
	parts, err := partsOf(l.dir)
	if err != nil {
		return err
	}
	sizes := l.size
	for _, p := range parts {
		info, err := os.Stat(p.path)
		if err != nil {
			return err
		}
		sizes += info.Size()
	}
	var gone []part
	var span Span
	for _, p := range parts {
		first, last, err := ends(p.path)
		if err != nil {
			return fmt.Errorf("reading the oldest part of the record: %w", err)
		}
		if sizes <= l.options.Most && !l.tooOld(last.Time) {
			break
		}
		info, err := os.Stat(p.path)
		if err != nil {
			return err
		}
		if gone == nil {
			span.First = first.Seq
		}
		span.Last, span.Hash = last.Seq, last.hash
		gone, sizes = append(gone, p), sizes-info.Size()
	}
	if gone == nil {
		return nil
	}
	if err := l.add(Record{Kind: KindRemoved, Span: &span}); err != nil { // a new part would remove these once more
		return err
	}
	for _, p := range gone {
		err = errors.Join(err, os.Remove(p.path))
	}
	return err
}

func (l *Log) tooOld(newest time.Time) bool {
	return l.options.Oldest > 0 && l.now().Sub(newest) > l.options.Oldest
}

// end is the first or last line of a part.
type end struct {
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	hash string
}

// ends reads the first and the last line of a part.
func ends(path string) (first, last end, err error) {
	file, err := os.Open(path)
	if err != nil {
		return first, last, err
	}
	defer file.Close()
	if first, err = firstLine(file); err != nil {
		return first, last, err
	}
	_, err = partBack(path, func(line []byte) (bool, error) {
		last.hash = hashOf(line)
		return false, json.Unmarshal(line, &last)
	})
	return first, last, err
}

func firstLine(r io.Reader) (first end, err error) {
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		return first, err
	}
	return first, json.Unmarshal(line, &first)
}
