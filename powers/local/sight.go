package local

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// sight is what was seen at one real name: a file with its content, or that there is nothing.
type sight struct {
	*place
	content
	// file is open for reading; nil where nothing stands there.
	file   *os.File
	info   fs.FileInfo
	digest string
}

func (s *sight) close() {
	s.forget()
	s.place.close()
}

// forget closes the file that was read; the place stays.
func (s *sight) forget() {
	if s.file != nil {
		s.file.Close()
	}
}

// same reports whether two looks saw one object with one content.
func (s *sight) same(t *sight) bool {
	return s.place.same(t.place) && s.digest == t.digest && (s.info == nil || s.info.Mode() == t.info.Mode())
}

var errElsewhere = refused("its name leads elsewhere by now")

// look walks to a real name, on which there are no links, and reads the file there. It refuses what no file may be
// written over.
func (f *Files) look(real string) (*sight, error) {
	p, err := f.find(f.guestOf(real), false)
	if err != nil {
		return nil, err
	}
	s := &sight{place: p}
	if err := f.see(s, real); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (f *Files) see(s *sight, real string) error {
	switch {
	case s.real != real || s.kind() == powers.Link:
		return errElsewhere
	case errors.Is(s.err, powers.ErrNotExist) && s.parent != nil:
		return f.onDevice(s.parent, s.place)
	case s.object == nil:
		return s.err
	case s.kind() == powers.Folder:
		return powers.ErrFolder
	case s.kind() == "":
		return errKind
	}
	if err := f.sound(s.place, true); err != nil {
		return err
	}
	file, err := openObject(s.object, os.O_RDONLY|syscall.O_NONBLOCK, true)
	if err != nil {
		return err
	}
	s.file = file
	if s.info, err = file.Stat(); err != nil {
		return cause(err)
	}
	s.content = content{file, s.info.Size()}
	if s.size > mostPreviewed {
		return powers.ErrSpace
	}
	s.digest, err = digestOf(s.content)
	return cause(err)
}

// guestOf is the guest's name for a real one.
func (f *Files) guestOf(real string) string {
	if rest, ok := below(real, f.workspace); ok {
		return guestWorkspace + rest
	}
	return real
}

// digestOf reads c to its end.
func digestOf(c content) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(c, 0, c.size)); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), nil
}

// written begins the description of operation at what was seen.
func (s *sight) written(operation permissions.Operation, grant permissions.Grant) Written {
	w := Written{Operation: operation, Grant: grant, Path: filepath.FromSlash(s.real)}
	if s.file != nil {
		w.Replaces, w.Mode, w.Modified = true, s.info.Mode().Perm(), s.info.ModTime()
		w.Before, w.BeforeDigest = s.size, s.digest
	}
	return w
}

// old reads what was seen, from its beginning; nil where nothing stands there.
func (s *sight) old() io.Reader {
	if s.file == nil {
		return nil
	}
	return io.NewSectionReader(s.content, 0, s.size)
}
