package worker

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// keySize is the size of the key in bytes.
const keySize = 32

// cacheKey reads the key, and makes one where there is none that can be believed: then nothing that was kept is.
func cacheKey(file string) ([]byte, error) {
	for range 2 {
		info, err := os.Lstat(file)
		if err == nil && info.Mode().IsRegular() && info.Size() == keySize && privateMode(info) {
			return os.ReadFile(file)
		}
		if err == nil {
			err = os.Remove(file)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if err := makeKey(file); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the key %s does not stay as it is made", file)
}

// privateMode says whether nobody else may read or write. Windows keeps that elsewhere: in the folder's own list.
func privateMode(info os.FileInfo) bool {
	return runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0
}

// makeKey makes the file whole or not at all; two hosts that begin at once get the same one.
func makeKey(file string) error {
	if err := ownFolder(filepath.Dir(file)); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), "key-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	key := make([]byte, keySize)
	rand.Read(key)
	_, err = f.Write(key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), file)
}
