package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

type writeInput struct {
	Path    string  `json:"path"`
	Content *string `json:"content"`
}

type written struct {
	Path  string `json:"path"`
	Bytes int    `json:"bytes"`
	// Line is where an edit was made.
	Line int `json:"line,omitempty"`
}

// write makes a file or replaces all of it. The close is where a person may be asked, who sees what changes.
func (root folder) write(in writeInput) (written, error) {
	if in.Path == "" {
		return written{}, errNoPath
	}
	if in.Content == nil {
		return written{}, errors.New("the input has no content")
	}
	file, err := os.OpenFile(root.at(in.Path), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		return written{}, fmt.Errorf("writing %q: the folder that it should lie in is not there", in.Path)
	} else if err != nil {
		return written{}, sentence("writing", in.Path, err)
	}
	if err := finish(file, []byte(*in.Content)); err != nil {
		return written{}, sentence("writing", in.Path, err)
	}
	return written{Path: in.Path, Bytes: len(*in.Content)}, nil
}

// finish writes content and closes the file; a refusal comes from the close, and nothing was changed then.
func finish(file *os.File, content []byte) error {
	_, err := file.Write(content)
	if closing := file.Close(); err == nil {
		err = closing
	}
	return err
}

// mostEdited is the largest file that is edited in memory.
const mostEdited = 16 << 20

type editInput struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// edit replaces a text that stands in a file exactly once. It opens the file for reading and then for writing: two
// questions at most, the second at the close.
func (root folder) edit(in editInput) (written, error) {
	switch {
	case in.Path == "":
		return written{}, errNoPath
	case in.Old == "":
		return written{}, errors.New("old is empty: name the text to replace")
	case in.Old == in.New:
		return written{}, errors.New("old and new are the same")
	}
	before, info, err := readWhole(root.at(in.Path))
	if err != nil {
		return written{}, sentence("editing", in.Path, err)
	}
	old := []byte(in.Old)
	if n := bytes.Count(before, old); n == 0 {
		return written{}, fmt.Errorf("editing %q: old does not stand in it; it must match exactly, with spaces and line ends", in.Path)
	} else if n > 1 {
		return written{}, fmt.Errorf("editing %q: old stands in it %d times; add text around it until it is unique", in.Path, n)
	}
	at := bytes.Index(before, old)
	after := bytes.Replace(before, old, []byte(in.New), 1)
	if err := root.replace(in.Path, after, info); err != nil {
		return written{}, err
	}
	return written{Path: in.Path, Bytes: len(after), Line: 1 + bytes.Count(before[:at], []byte("\n"))}, nil
}

var errTooLargeToEdit = fmt.Errorf("it is larger than %d MiB", mostEdited>>20)

func readWhole(full string) ([]byte, fs.FileInfo, error) {
	file, err := os.Open(full)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, mostEdited+1))
	if len(content) > mostEdited {
		return nil, nil, errTooLargeToEdit
	}
	return content, info, err
}

// replace writes content into a file that must still be as it was when it was read: a person may have taken minutes to
// answer, and may have changed the file meanwhile.
func (root folder) replace(name string, content []byte, was fs.FileInfo) error {
	file, err := os.OpenFile(root.at(name), os.O_WRONLY, 0)
	if err != nil {
		return sentence("editing", name, err)
	}
	is, err := file.Stat()
	if err == nil && (is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime())) {
		file.Close()
		return fmt.Errorf("editing %q: it changed while this waited; nothing was written, read it again", name)
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err != nil {
		file.Close()
		return sentence("editing", name, err)
	}
	if err := finish(file, content); err != nil {
		return sentence("editing", name, err)
	}
	return nil
}
