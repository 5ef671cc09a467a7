package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

// errCopied is returned where what was copied is not what was looked at.
var errCopied = errors.New("the copy changed while it was put in place")

// version is a content with what goes with it. A mode of 0 is what new files get; a zero time is left as it comes.
type version struct {
	io.Reader
	digest             string
	mode               fs.FileMode
	accessed, modified time.Time
}

// put lets v stand at p, in the place of what was found there or where nothing was: all of it or nothing, also when the
// system loses its power meanwhile. It returns what stands there then.
//
// The kernel renames by name: between the last look and the rename another program may put something else there. It is
// replaced in the folder that was asked for all the same.
func put(p *place, v version) (fs.FileInfo, error) {
	temporary := ".gatehouse-" + strings.ToLower(rand.Text())
	file, name, err := p.parent.begin(temporary)
	if err != nil {
		return nil, err
	}
	info, err := fill(file, p, v)
	if err == nil {
		err = name()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = p.parent.move(temporary, p.name(), p.object != nil)
	}
	if err != nil {
		return nil, errors.Join(err, ignoreMissing(p.parent.removeFile(temporary)))
	}
	return info, p.parent.sync()
}

func fill(file *os.File, p *place, v version) (fs.FileInfo, error) {
	usual, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(0o600); err != nil { // nobody else reads it before it is what it will be
		return nil, err
	}
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, hash), v); err != nil {
		return nil, err
	}
	if "sha256:"+hex.EncodeToString(hash.Sum(nil)) != v.digest {
		return nil, errCopied
	}
	if p.object != nil {
		if err := giveTo(file, p.object.info); err != nil {
			return nil, err
		}
	}
	mode := v.mode
	if mode == 0 {
		mode = usual.Mode()
	}
	if err := file.Chmod(mode.Perm()); err != nil {
		return nil, err
	}
	if !v.accessed.IsZero() || !v.modified.IsZero() {
		if err := touch(file, v.accessed, v.modified); err != nil {
			return nil, err
		}
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	return file.Stat()
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
