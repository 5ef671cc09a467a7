package worker

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// evict removes what was not used for longest while there is too much, and everything that has no place here.
func (c *cache) evict() {
	kept, foreign := c.list()
	for _, path := range foreign {
		c.drop("something foreign in the cache's folder")
		_ = os.RemoveAll(path)
	}
	slices.SortFunc(kept, func(a, b keptFile) int { return b.used.Compare(a.used) })
	var bytes uint64
	left := 0
	for _, k := range kept {
		if bytes += k.size; bytes <= c.most {
			left++
			continue
		}
		bytes -= k.size
		_ = os.Remove(k.path)
		_ = os.Remove(filepath.Dir(k.path)) // where it was the last one
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Entries, c.state.Bytes = left, bytes
}

type keptFile struct {
	path string
	size uint64
	used time.Time
}

// list tells what is kept from what has no place in the cache.
func (c *cache) list() (kept []keptFile, foreign []string) {
	for _, digest := range namesIn(c.root) {
		folder := filepath.Join(c.root, digest)
		switch digest {
		case "private", "lock", "key":
			continue
		}
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() || !entryName.MatchString(digest) {
			foreign = append(foreign, folder)
			continue
		}
		for _, name := range namesIn(folder) {
			path := filepath.Join(folder, name)
			info, err := os.Lstat(path)
			switch {
			case errors.Is(err, os.ErrNotExist): // another host's eviction
			case err != nil || !info.Mode().IsRegular() || !entryName.MatchString(name):
				foreign = append(foreign, path)
			default:
				kept = append(kept, keptFile{path, uint64(info.Size()), info.ModTime()})
			}
		}
	}
	return kept, foreign
}

// ReadCache looks at a cache that no pool has open here, and changes nothing.
func ReadCache(root string) CacheState {
	c := &cache{root: root}
	kept, _ := c.list()
	s := CacheState{Entries: len(kept)}
	for _, k := range kept {
		s.Bytes += k.size
	}
	return s
}
