package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

type globInput struct {
	Pattern string `json:"pattern"`
	// Path is the folder where the pattern begins.
	Path string `json:"path"`
}

type found struct {
	Paths []string `json:"paths"`
	// Total counts all paths; it is larger than what is shown where an answer is full.
	Total int `json:"total"`
	// Refused counts the folders that were not permitted.
	Refused int `json:"refused,omitempty"`
}

// glob returns the files below a folder whose path fits the pattern, sorted.
func (root folder) glob(in globInput) (found, error) {
	if in.Pattern == "" {
		return found{}, errors.New("the input names no pattern")
	}
	w := newWalk()
	if err := w.find(root.at(in.Path), in.Pattern); err != nil {
		return found{}, err
	}
	if err := w.failure(root.shown(root.at(in.Path))); err != nil {
		return found{}, err
	}
	f := found{Paths: []string{}, Total: len(w.files), Refused: w.refused}
	left := wholeRoom
	for _, file := range w.sorted() {
		name := root.shown(file)
		if !left.take(name + `"",`) {
			break
		}
		f.Paths = append(f.Paths, name)
	}
	return f, nil
}

// mostEntries bounds one walk.
const mostEntries = 200_000

var errTooLarge = fmt.Errorf("there are more than %d files and folders; name a folder in path or a narrower pattern", mostEntries)

// walk finds files by a pattern. It does not follow links and enters a folder whose name begins with a dot only where
// the pattern spells it.
type walk struct {
	files   map[string]bool
	folders map[string][]fs.DirEntry
	done    map[step]bool
	seen    int
	refused int
	// first is the first error of all, kept for a walk that finds nothing.
	first error
}

// step is one folder met with the rest of one pattern.
type step struct{ folder, rest string }

func newWalk() *walk {
	return &walk{files: map[string]bool{}, folders: map[string][]fs.DirEntry{}, done: map[step]bool{}}
}

// find adds the files below start that fit pattern.
func (w *walk) find(start, pattern string) error {
	patterns, err := braces(pattern)
	if err != nil {
		return err
	}
	for _, p := range patterns {
		if path.IsAbs(p) {
			return fmt.Errorf("the pattern %q is absolute; name the folder in path", p)
		}
		p = path.Clean(p)
		if strings.HasSuffix("/"+p, "/**") {
			p += "/*"
		}
		if err := w.enter(start, p); err != nil {
			return err
		}
	}
	return nil
}

// enter goes on in folder with the segments in rest.
func (w *walk) enter(folder, rest string) error {
	if w.done[step{folder, rest}] {
		return nil
	}
	w.done[step{folder, rest}] = true
	segment, after, more := strings.Cut(rest, "/")
	switch {
	case segment == "**":
		return w.everyFolder(folder, rest, after)
	case !wild(segment):
		return w.oneName(path.Join(folder, segment), after, more)
	}
	entries, err := w.list(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !matchSegment(segment, e.Name()) {
			continue
		}
		full := path.Join(folder, e.Name())
		if !more && e.Type().IsRegular() {
			w.files[full] = true
		} else if more && e.IsDir() {
			if err := w.enter(full, after); err != nil {
				return err
			}
		}
	}
	return nil
}

// everyFolder goes on after a ** in folder itself and, with the ** again, in every folder below it.
func (w *walk) everyFolder(folder, rest, after string) error {
	if err := w.enter(folder, after); err != nil {
		return err
	}
	entries, err := w.list(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			if err := w.enter(path.Join(folder, e.Name()), rest); err != nil {
				return err
			}
		}
	}
	return nil
}

// oneName goes on at a name that the pattern spells, without listing the folder that it lies in.
func (w *walk) oneName(full, after string, more bool) error {
	info, err := os.Lstat(full)
	if err != nil {
		return nil // What is not there does not fit.
	}
	if !more && info.Mode().IsRegular() {
		w.files[full] = true
	} else if more && info.IsDir() {
		return w.enter(full, after)
	}
	return nil
}

// list returns the entries of folder, none where it cannot be listed, and errTooLarge where the walk is too long.
func (w *walk) list(folder string) ([]fs.DirEntry, error) {
	if entries, ok := w.folders[folder]; ok {
		return entries, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil && w.first == nil {
		w.first = err
	}
	if refused(err) {
		w.refused++
	}
	w.folders[folder] = entries
	if w.seen += len(entries); w.seen > mostEntries {
		return nil, errTooLarge
	}
	return entries, nil
}

// failure is the error of a walk that could look nowhere.
func (w *walk) failure(start string) error {
	if w.first == nil || len(w.files) > 0 || w.seen > 0 {
		return nil
	}
	return sentence("listing", start, w.first)
}

func (w *walk) sorted() []string {
	files := make([]string, 0, len(w.files))
	for file := range w.files {
		files = append(files, file)
	}
	slices.Sort(files)
	return files
}
