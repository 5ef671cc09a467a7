package main

import (
	"io/fs"
	"os"
	"path"
)

type listInput struct {
	Path string `json:"path"`
}

type listing struct {
	Path    string  `json:"path"`
	Entries []entry `json:"entries"`
	// Total counts all entries; it is larger than what is shown where an answer is full.
	Total int `json:"total"`
}

type entry struct {
	Name string `json:"name"`
	// Kind is file, folder, link or other.
	Kind string `json:"kind"`
	// Size in bytes; files only.
	Size *int64 `json:"size,omitempty"`
}

// list returns what lies in one folder, sorted by name.
func (root folder) list(in listInput) (listing, error) {
	if in.Path == "" {
		in.Path = "."
	}
	full := root.at(in.Path)
	found, err := os.ReadDir(full)
	if err != nil {
		return listing{}, sentence("listing", in.Path, err)
	}
	l := listing{Path: in.Path, Entries: []entry{}, Total: len(found)}
	left := wholeRoom
	for _, f := range found {
		if !left.take(f.Name() + `{"name":,"kind":"folder","size":1000000000},`) {
			break
		}
		e := entry{Name: f.Name(), Kind: kindOf(f.Type())}
		if info, err := os.Lstat(path.Join(full, f.Name())); err == nil && info.Mode().IsRegular() {
			size := info.Size()
			e.Size = &size
		}
		l.Entries = append(l.Entries, e)
	}
	return l, nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "file"
	case mode.IsDir():
		return "folder"
	case mode&fs.ModeSymlink != 0:
		return "link"
	}
	return "other"
}
