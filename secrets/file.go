package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// File keeps each value in a file of its own in Dir, for this user alone and in plain form: whoever reads the person's
// files reads it. Its methods may be called from any goroutine.
type File struct{ Dir string }

var fileName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// Get returns the value of name; ErrNotFound where there is none. A file that others may read is an error.
func (f File) Get(name string) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	value, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading %q: %w", name, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	return value, nil
}

// Set keeps value in the place of another one and returns once it is on disk.
func (f File) Set(name string, value []byte) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := f.write(path, value); err != nil {
		return fmt.Errorf("keeping %q: %w", name, err)
	}
	return nil
}

// Remove takes a value away; ErrNotFound where there is none.
func (f File) Remove(name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("removing %q: %w", name, err)
	}
	return nil
}

func (f File) path(name string) (string, error) {
	if !fileName.MatchString(name) {
		return "", fmt.Errorf("%q cannot be the name of a secret", name)
	}
	return filepath.Join(f.Dir, name), nil
}

// write puts value beside its place and then into it, so that there is never half of one.
func (f File) write(path string, value []byte) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(f.Dir, ".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = file.Write(value)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
