package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gatehouse/skill"
)

// cache keeps what workers have compiled. It is native code, so nobody runs it on a checksum's word: every entry has a
// MAC over all that it depends on, with a key that only the host reads, and a worker gets copies of those entries of its
// own digest that were verified, in a folder that no other process uses. Whatever else lies in the cache is dropped and
// compiled anew. It guards against what is damaged, mixed up, restored or foreign, not against programs of the person.
type cache struct {
	root    string
	key     []byte
	most    uint64
	version string

	// lock says to other hosts that private is in use.
	lock    *os.File
	private string

	mu    sync.Mutex
	state CacheState
}

// CacheState is the compile cache at a glance.
type CacheState struct {
	// Entries and Bytes is what is kept.
	Entries int
	Bytes   uint64
	// Dropped counts what was found and not believed since the pool began; Reason says why the last one was not.
	Dropped int
	Reason  string
	// Off says why nothing is kept; empty where the cache works.
	Off string
}

// openCache never fails: where a cache cannot be had, code is compiled each time.
func openCache(root, keyFile string, most uint64) *cache {
	c := &cache{root: root, most: most, version: compiledBy()}
	if err := c.open(keyFile); err != nil {
		c.state.Off = err.Error()
		c.close()
	}
	return c
}

func (c *cache) open(keyFile string) (err error) {
	if c.root == "" {
		return errors.New("there is no folder for it")
	}
	if c.root, err = filepath.Abs(c.root); err != nil {
		return err
	}
	private := filepath.Join(c.root, "private")
	for _, folder := range []string{c.root, private} {
		if err := ownFolder(folder); err != nil {
			return err
		}
	}
	if keyFile == "" {
		keyFile = filepath.Join(c.root, "key")
	}
	if c.key, err = cacheKey(keyFile); err != nil {
		return err
	}
	if c.lock, err = os.OpenFile(filepath.Join(c.root, "lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if lockAlone(c.lock) { // nobody uses what is here: crashed hosts left it
		if err := removeBelow(private); err != nil {
			return err
		}
		c.evict()
	}
	if !lockSharedSoon(c.lock) {
		return errors.New("another program keeps it locked")
	}
	c.private, err = os.MkdirTemp(private, "")
	return err
}

// lockSharedSoon waits a little for a host that is clearing up.
func lockSharedSoon(f *os.File) bool {
	for range 50 {
		if lockShared(f) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// close ends what this host alone uses of the cache.
func (c *cache) close() {
	if c.private != "" {
		_ = os.RemoveAll(c.private)
	}
	if c.lock != nil {
		_ = c.lock.Close()
	}
	c.key = nil
}

func (c *cache) on() bool { return c.key != nil }

// has says whether anything is kept for a digest. Whether it can be believed is another question.
func (c *cache) has(d skill.Digest) bool { return c.on() && len(namesIn(c.folderOf(d))) > 0 }

// folder makes a worker's private folder. It is "" where none can be had: the worker then keeps its code in memory.
func (c *cache) folder() string {
	if !c.on() {
		return ""
	}
	folder, err := os.MkdirTemp(c.private, "")
	if err != nil {
		c.drop("no folder could be made: " + err.Error())
		return ""
	}
	return folder
}

// lend puts those entries of a digest that can be believed into a worker's private folder, and says how many there are.
// No byte of a guest may be read there before it returned.
func (c *cache) lend(d skill.Digest, folder string) (entries int) {
	if folder == "" {
		return 0
	}
	for _, name := range namesIn(c.folderOf(d)) {
		kept := filepath.Join(c.folderOf(d), name)
		if err := c.copyOut(d, name, kept, folder); err != nil {
			c.drop(err.Error())
			_ = os.RemoveAll(kept)
			continue
		}
		now := time.Now()
		_ = os.Chtimes(kept, now, now) // the oldest is what was not used for longest
		entries++
	}
	return entries
}

// namesIn returns some names of a folder, no more than mostFolder, and none of what a link leads to: what is in the way of
// an entry is removed.
func namesIn(folder string) []string {
	if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
		return nil
	}
	f, err := os.OpenFile(folder, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(mostFolder)
	return names
}

// take keeps what the compiler has put into a worker's folder, which is hostile: no guest has run there yet, but its
// code was read. It is called once, after the compiler has succeeded and before the first call.
func (c *cache) take(d skill.Digest, folder string) {
	if folder == "" || !c.on() {
		return
	}
	room := int64(mostTaken)
	taken := 0
	for _, inside := range namesIn(folder) {
		if info, err := os.Lstat(filepath.Join(folder, inside)); err != nil || !info.IsDir() || !compilerFolder.MatchString(inside) {
			c.drop("a worker left something that is no entry")
			continue
		}
		for _, name := range namesIn(filepath.Join(folder, inside)) {
			e := entry{d, inside, name}
			if _, err := os.Lstat(filepath.Join(c.folderOf(d), name)); err == nil {
				continue // lent to it
			}
			if taken++; !entryName.MatchString(name) || taken > mostEntries {
				c.drop("a worker left something that is no entry")
				continue
			}
			n, err := c.keep(e, filepath.Join(folder, inside, name), min(room, mostEntry))
			if err != nil {
				c.drop("keeping compiled code: " + err.Error())
			}
			room -= n
		}
	}
	if taken > 0 {
		c.evict()
	}
}

func hexOf(d skill.Digest) string { return strings.TrimPrefix(string(d), "sha256:") }

func (c *cache) folderOf(d skill.Digest) string { return filepath.Join(c.root, hexOf(d)) }

func (c *cache) drop(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Dropped++
	c.state.Reason = reason
}

// now returns the state, as of the last time that something was kept.
func (c *cache) now() CacheState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// ownFolder makes a folder that is nobody else's to read or write, and refuses a link in its place.
func ownFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	return os.Chmod(folder, 0o700)
}

func removeBelow(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, e.Name())))
	}
	return err
}
