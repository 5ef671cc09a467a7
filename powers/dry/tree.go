package dry

import (
	"path"
	"slices"
	"strings"
	"time"

	"gatehouse/powers"
)

// workspace is where a guest sees the workspace.
const workspace = "/workspace"

// The bounds of what a guest may keep in the host's memory, in bytes and in names.
const (
	mostBytes = 64 << 20
	mostNodes = 10_000
)

// tree is files and folders by their names.
type tree struct {
	nodes map[string]*node
	bytes int64
	made  uint64
}

// node is a file, a folder or a link. A guess is one that nobody made: it is there because a guest asked for it.
type node struct {
	folder, guess bool
	// says is what a link says; empty for everything else.
	says     string
	content  []byte
	modified time.Time
	inode    uint64
}

func newTree() tree {
	t := tree{nodes: map[string]*node{}}
	for _, name := range []string{"/", workspace} {
		t.put(name, &node{folder: true})
	}
	return t
}

func (t *tree) put(name string, n *node) *node {
	t.made++
	n.inode, n.modified = t.made, now
	t.nodes[name] = n
	return n
}

// room makes the folders above name, if it may, and says whether there can be one more.
func (t *tree) room(name string, parents bool) error {
	folder := path.Dir(name)
	above := t.nodes[folder]
	switch {
	case len(t.nodes) >= mostNodes:
		return powers.ErrSpace
	case above == nil && !parents:
		return powers.ErrNotExist
	case above == nil:
		if err := t.room(folder, true); err != nil {
			return err
		}
		t.put(folder, &node{folder: true, guess: true})
	case above.guess && !above.folder:
		above.folder, above.content = true, nil
	case !above.folder:
		return powers.ErrNotFolder
	}
	return nil
}

// fill puts an answer in its place.
func (t *tree) fill(name string, content []byte) error {
	if err := t.room(name, true); err != nil {
		return err
	}
	if t.nodes[name] != nil {
		return powers.ErrExist
	}
	for folder := path.Dir(name); folder != "/"; folder = path.Dir(folder) {
		t.nodes[folder].guess = false
	}
	n := t.put(name, &node{})
	if err := t.resize(n, int64(len(content))); err != nil {
		return err
	}
	copy(n.content, content)
	return nil
}

// guess puts something at name that nobody made.
func (t *tree) guess(name string, folder bool) (*node, error) {
	if err := t.room(name, true); err != nil {
		return nil, err
	}
	return t.put(name, &node{folder: folder, guess: true}), nil
}

func (t *tree) add(name string, parents bool) (*node, error) {
	if err := t.room(name, parents); err != nil {
		return nil, err
	}
	return t.put(name, &node{}), nil
}

// mostLinks is how many links one name may lead through.
const mostLinks = 40

// follow returns the name to which the links lead that name ends in.
func (t *tree) follow(name string) (string, error) {
	for range mostLinks {
		n := t.nodes[name]
		if n == nil || n.says == "" {
			return name, nil
		}
		name = path.Join(path.Dir(name), n.says)
	}
	return "", powers.ErrLink
}

func (t *tree) makeLink(name, says string, parents bool) error {
	switch {
	case says == "":
		return powers.ErrName
	case t.nodes[name] != nil && !t.nodes[name].guess:
		return powers.ErrExist
	}
	t.remove(name)
	if err := t.room(name, parents); err != nil {
		return err
	}
	t.put(name, &node{says: says})
	return nil
}

func (t *tree) makeFolder(name string, parents bool) error {
	if err := t.room(name, parents); err != nil {
		return err
	}
	t.put(name, &node{folder: true})
	return nil
}

// resize makes a file size bytes long.
func (t *tree) resize(n *node, size int64) error {
	more := size - int64(len(n.content))
	switch {
	case n.folder:
		return powers.ErrFolder
	case size < 0:
		return powers.ErrIO
	case more > mostBytes-t.bytes:
		return powers.ErrSpace
	}
	t.bytes += more
	if more > 0 {
		n.content = append(n.content, make([]byte, more)...)
	} else {
		n.content = slices.Clone(n.content[:size])
	}
	return nil
}

// remove takes what stands at name away, and what lies below it.
func (t *tree) remove(name string) {
	for other, n := range t.nodes {
		if other == name || strings.HasPrefix(other, name+"/") {
			t.bytes -= int64(len(n.content))
			delete(t.nodes, other)
		}
	}
}

// take removes a file, or an empty folder.
func (t *tree) take(name string, folder bool) error {
	n := t.nodes[name]
	switch {
	case folder && !n.folder:
		return powers.ErrNotFolder
	case !folder && n.folder:
		return powers.ErrFolder
	case folder && len(t.names(name)) > 0:
		return powers.ErrNotEmpty
	}
	t.remove(name)
	return nil
}

// rename moves a file, over another one if there is one.
func (t *tree) rename(from, to string, parents bool) error {
	n := t.nodes[from]
	if n.folder || t.nodes[to] != nil && t.nodes[to].folder {
		return powers.ErrFolder
	}
	if from == to {
		return nil
	}
	if err := t.room(to, parents); err != nil {
		return err
	}
	if t.nodes[to] != nil {
		t.remove(to)
	}
	delete(t.nodes, from)
	n.guess = false
	t.nodes[to] = n
	return nil
}

// names lists what lies in a folder, in the order of the names, without what nobody made.
func (t *tree) names(folder string) []string {
	var names []string
	for name, n := range t.nodes {
		if name != folder && path.Dir(name) == folder && !n.guess {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (n *node) kind() powers.Kind {
	switch {
	case n.folder:
		return powers.Folder
	case n.says != "":
		return powers.Link
	}
	return powers.RegularFile
}

func (n *node) info() powers.Info {
	return powers.Info{
		Kind: n.kind(), Size: int64(len(n.content) + len(n.says)), Links: 1, Accessed: n.modified, Modified: n.modified,
		Device: 1, Inode: n.inode, Target: n.says,
	}
}

func (n *node) touch(modified time.Time) {
	if !modified.IsZero() {
		n.modified = modified
	}
}
