package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	// pageLines is how many lines a page has where the input does not say.
	pageLines = 2000
	// longestLine is where a line is cut, so that one line cannot fill every page.
	longestLine = 64 << 10
	// looksBinary is how much of a file's beginning is searched for a NUL.
	looksBinary = 8 << 10
)

type readInput struct {
	Path string `json:"path"`
	// Offset is the number of the first line, from 1.
	Offset int `json:"offset"`
	Limit  int `json:"limit"`
}

type page struct {
	Path    string `json:"path"`
	Content string `json:"content"`
	// Offset is the number of the first line here, Lines how many are here, Total how many the file has.
	Offset int `json:"offset"`
	Lines  int `json:"lines"`
	Total  int `json:"total"`
	// NextOffset is where the next page begins; absent on the last one.
	NextOffset int `json:"next_offset,omitempty"`
	// CutLines counts lines that were too long to be shown whole.
	CutLines int `json:"cut_lines,omitempty"`
}

// read returns one page of a text file. A page ends between lines, after Limit of them or where an answer is full.
func (root folder) read(in readInput) (page, error) {
	if in.Path == "" {
		return page{}, errNoPath
	}
	file, err := os.Open(root.at(in.Path))
	if err != nil {
		return page{}, sentence("reading", in.Path, err)
	}
	defer file.Close()
	lines := newLines(file)
	if lines.binary() {
		return page{}, fmt.Errorf("reading %q: it is not text", in.Path)
	}
	p := page{Path: in.Path, Offset: max(in.Offset, 1)}
	if err := p.fill(lines, in.Limit); err != nil {
		return page{}, sentence("reading", in.Path, err)
	}
	if p.Offset > 1 && p.Offset > p.Total {
		return page{}, fmt.Errorf("reading %q: it has %d lines and none at offset %d", in.Path, p.Total, p.Offset)
	}
	return p, nil
}

// fill takes the page's lines and counts all others.
func (p *page) fill(lines *lines, limit int) error {
	if limit <= 0 {
		limit = pageLines
	}
	var content strings.Builder
	left := wholeRoom
	full := false
	for {
		line, cut, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		p.Total++
		if p.Total < p.Offset || full {
			continue
		}
		text := strings.ToValidUTF8(string(line), "\ufffd")
		if p.Lines == limit || !left.take(text) && p.Lines > 0 {
			full = true
			p.NextOffset = p.Total
			continue
		}
		content.WriteString(text)
		p.Lines++
		if cut {
			p.CutLines++
		}
	}
	p.Content = content.String()
	return nil
}

// lines reads a file line by line in bounded memory.
type lines struct{ reader *bufio.Reader }

func newLines(r io.Reader) *lines { return &lines{bufio.NewReaderSize(r, longestLine)} }

// binary tells whether the file begins with something that is not text. It must come before next.
func (l *lines) binary() bool {
	head, _ := l.reader.Peek(looksBinary)
	return bytes.IndexByte(head, 0) >= 0
}

// next returns one line with its end, valid until the next call, and whether it was cut at longestLine.
func (l *lines) next() (line []byte, cut bool, err error) {
	line, err = l.reader.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = append(bytes.Clone(line), '\n')
		return line, true, l.skipLine()
	}
	if len(line) > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return line, false, err
}

// skipLine passes over the rest of a line.
func (l *lines) skipLine() error {
	for {
		_, err := l.reader.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
