package worker

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"gatehouse/skill"
)

// Bounds on what is kept for one digest. Honest code has an entry for each of its modules; a large interpreter's is
// 60 MiB.
const (
	mostEntries = 64
	mostEntry   = 256 << 20
	mostTaken   = 512 << 20
	// mostFolder bounds how many names of a folder are looked at.
	mostFolder = 4096
)

// The names that the compiler gives its folder and its entries. No other is kept.
var (
	compilerFolder = regexp.MustCompile(`^wazero-[0-9A-Za-z.+()_-]{1,80}$`)
	entryName      = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// entry is one kept file. On disk it is its MAC, the name of the compiler's folder with its length before it, and the
// code.
type entry struct {
	digest       skill.Digest
	folder, name string
}

// mac begins the MAC over what the entry depends on; the code follows.
func (c *cache) mac(e entry) hash.Hash {
	m := hmac.New(sha256.New, c.key)
	for _, field := range []string{"gatehouse compiled code 1", c.version, string(e.digest), e.folder, e.name} {
		_ = binary.Write(m, binary.BigEndian, uint32(len(field)))
		io.WriteString(m, field)
	}
	return m
}

// compiledBy names what made the code besides the code it was made from: the version of the compiler, of Go, and the
// system. The processor's abilities are in an entry's name.
func compiledBy() string {
	compiler := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/tetratelabs/wazero" {
				compiler = dep.Version + dep.Sum
			}
		}
	}
	return strings.Join([]string{compiler, runtime.Version(), runtime.GOOS, runtime.GOARCH}, " ")
}

// copyOut verifies one kept file while it copies it to where the compiler looks for it.
func (c *cache) copyOut(d skill.Digest, name, kept, folder string) (err error) {
	if !entryName.MatchString(name) {
		return errors.New("a name that no entry has")
	}
	f, size, err := openRegular(kept)
	if err != nil {
		return err
	}
	defer f.Close()
	if size > mostEntry {
		return errors.New("an entry that is too large")
	}
	var head [sha256.Size + 1]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return errors.New("an entry that is cut off")
	}
	inside := make([]byte, head[sha256.Size])
	if _, err := io.ReadFull(f, inside); err != nil {
		return errors.New("an entry that is cut off")
	}
	if !compilerFolder.Match(inside) {
		return errors.New("an entry of no compiler's folder")
	}
	e := entry{d, string(inside), name}
	into := filepath.Join(folder, e.folder)
	if err := os.Mkdir(into, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	out, err := os.OpenFile(filepath.Join(into, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	mac := c.mac(e)
	_, err = io.Copy(io.MultiWriter(mac, out), io.LimitReader(f, mostEntry))
	if err == nil && !hmac.Equal(mac.Sum(nil), head[:sha256.Size]) {
		err = errors.New("an entry that was not made here, for this code, by this version, or that was changed since")
	}
	if err = errors.Join(err, out.Close()); err != nil {
		_ = os.Remove(out.Name())
	}
	return err
}

// keep copies one entry of at most this size, with its MAC, into the cache: whole or not at all.
func (c *cache) keep(e entry, from string, most int64) (int64, error) {
	f, size, err := openRegular(from)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if size > most {
		return 0, errors.New("an entry that is too large")
	}
	if err := ownFolder(c.folderOf(e.digest)); err != nil {
		return 0, err
	}
	out, err := os.CreateTemp(c.private, "")
	if err != nil {
		return 0, err
	}
	defer os.Remove(out.Name())
	head := slices.Concat(make([]byte, sha256.Size), []byte{byte(len(e.folder))}, []byte(e.folder))
	mac := c.mac(e)
	_, err = out.Write(head)
	n, copied := io.Copy(io.MultiWriter(mac, out), io.LimitReader(f, most+1))
	if n > most {
		copied = errors.New("an entry that grows")
	}
	_, signed := out.WriteAt(mac.Sum(nil), 0)
	if err = errors.Join(err, copied, signed, out.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(out.Name(), filepath.Join(c.folderOf(e.digest), e.name))
}

// openRegular opens a file that is no link, pipe or device.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("something that is no file")
	}
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil, 0, err
	}
	opened, err := f.Stat()
	if err != nil || !opened.Mode().IsRegular() || !os.SameFile(info, opened) {
		f.Close()
		return nil, 0, errors.New("something that is no file")
	}
	return f, opened.Size(), nil
}
