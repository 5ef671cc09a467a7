package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

const (
	usualMatches = 100
	mostMatches  = 500
	// shownLine is how much of a matching line is shown.
	shownLine = 400
	// namedRefusals is how many of the refused files are named.
	namedRefusals = 10
)

type searchInput struct {
	Text string `json:"text"`
	// Regex reads Text as a regular expression (RE2).
	Regex bool `json:"regex"`
	// Path is the folder or the file to search in.
	Path string `json:"path"`
	// Glob narrows the search to files that fit it; one without a slash fits in every folder.
	Glob  string `json:"glob"`
	Limit int    `json:"limit"`
}

type hits struct {
	Matches []hit `json:"matches"`
	// Searched counts files that were read, Binary those that are not text, Refused those that were not permitted.
	Searched int `json:"searched"`
	Binary   int `json:"binary,omitempty"`
	Refused  int `json:"refused,omitempty"`
	// RefusedPaths names the first of them.
	RefusedPaths []string `json:"refused_paths,omitempty"`
	// More is set where there may be more matches than are shown.
	More bool `json:"more,omitempty"`
}

type hit struct {
	Path string `json:"path"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// search returns the lines that hold a text, in the order of their paths.
func (root folder) search(in searchInput) (hits, error) {
	fits, err := in.fits()
	if err != nil {
		return hits{}, err
	}
	files, err := root.searched(in)
	if err != nil {
		return hits{}, err
	}
	s := searcher{root: root, fits: fits, limit: in.Limit, left: wholeRoom, hits: hits{Matches: []hit{}}}
	if s.limit <= 0 {
		s.limit = usualMatches
	}
	s.limit = min(s.limit, mostMatches)
	var first error
	for _, file := range files {
		if s.hits.More {
			break
		}
		if err := s.file(file); err != nil && first == nil {
			first = sentence("searching", root.shown(file), err)
		}
	}
	if s.hits.Searched == 0 && s.hits.Binary == 0 && first != nil {
		return hits{}, first
	}
	return s.hits, nil
}

// fits returns the test for one line.
func (in searchInput) fits() (func(line []byte) bool, error) {
	if in.Text == "" {
		return nil, errors.New("the input names no text")
	}
	if !in.Regex {
		text := []byte(in.Text)
		return func(line []byte) bool { return bytes.Contains(line, text) }, nil
	}
	pattern, err := regexp.Compile(in.Text)
	if err != nil {
		return nil, fmt.Errorf("the text is not a regular expression: %w", err)
	}
	return pattern.Match, nil
}

// searched lists the files to search.
func (root folder) searched(in searchInput) ([]string, error) {
	start := root.at(in.Path)
	info, err := os.Stat(start)
	if err != nil {
		return nil, sentence("searching", root.shown(start), err)
	}
	if !info.IsDir() {
		return []string{start}, nil
	}
	pattern := in.Glob
	if pattern == "" {
		pattern = "**"
	} else if !strings.Contains(pattern, "/") {
		pattern = "**/" + pattern
	}
	w := newWalk()
	if err := w.find(start, pattern); err != nil {
		return nil, err
	}
	return w.sorted(), w.failure(root.shown(start))
}

type searcher struct {
	root  folder
	fits  func([]byte) bool
	limit int
	left  room
	hits  hits
}

// file searches one file and counts what became of it.
func (s *searcher) file(full string) error {
	name := s.root.shown(full)
	file, err := os.Open(full)
	if refused(err) {
		s.hits.Refused++
		if s.hits.Refused <= namedRefusals {
			s.hits.RefusedPaths = append(s.hits.RefusedPaths, name)
		}
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := newLines(file)
	if lines.binary() {
		s.hits.Binary++
		return nil
	}
	s.hits.Searched++
	for number := 1; !s.hits.More; number++ {
		line, _, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if line = bytes.TrimRight(line, "\r\n"); s.fits(line) {
			s.add(hit{name, number, shortened(line)})
		}
	}
	return nil
}

func (s *searcher) add(h hit) {
	if len(s.hits.Matches) == s.limit || !s.left.take(h.Path+h.Text+`{"path":"","line":1000000,"text":""},`) {
		s.hits.More = true
		return
	}
	s.hits.Matches = append(s.hits.Matches, h)
}

func shortened(line []byte) string {
	if len(line) > shownLine {
		return strings.ToValidUTF8(string(line[:shownLine]), "") + "..."
	}
	return strings.ToValidUTF8(string(line), "\ufffd")
}
