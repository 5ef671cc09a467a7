package wasip1

import (
	"io"
	"strings"

	"gatehouse/powers"
)

// filetype is a guest's number for a kind of object.
type filetype byte

const (
	typeUnknown filetype = 0
	typeFolder  filetype = 3
	typeFile    filetype = 4
	typeLink    filetype = 7
)

func typeOf(k powers.Kind) filetype {
	switch k {
	case powers.Folder:
		return typeFolder
	case powers.RegularFile:
		return typeFile
	case powers.Link:
		return typeLink
	}
	return typeUnknown
}

// fdflags are how a descriptor reads and writes.
type fdflags uint16

const (
	flagAppend fdflags = 1 << iota
	flagDatasync
	flagNonblock
	flagReadsync
	flagSync

	allFlags = flagSync<<1 - 1
)

// descriptor is one entry of a guest's table: a standard stream, a folder, or a file.
type descriptor struct {
	kind             filetype
	base, inheriting rights
	flags            fdflags

	input  *input
	output io.Writer

	// path is the guest's name of an object: where names relative to a folder begin.
	path string
	// preopen is the name under which a root was handed to the guest; empty for everything else.
	preopen string
	// file is the object, nil for a root until it is listed.
	file   powers.File
	opened powers.Open
	offset int64

	entries []powers.Entry
	listed  bool
	// weight is what entries count for in the process.
	weight int
}

// input is what is left of the standard input.
type input struct{ rest []byte }

func (i *input) read(b []byte) int {
	n := copy(b, i.rest)
	i.rest = i.rest[n:]
	return n
}

func (d *descriptor) isStream() bool { return d.input != nil || d.output != nil }

// mostOpen bounds a process's descriptors, those of the roots among them, which no power counts.
const mostOpen = 1024

// table is a guest's descriptors by their numbers.
type table struct {
	open []*descriptor
	// free is a number below which all are taken.
	free int
}

func (t *table) get(fd uint32) (*descriptor, errno) {
	if uint64(fd) >= uint64(len(t.open)) || t.open[fd] == nil {
		return nil, errBadDesc
	}
	return t.open[fd], success
}

// full says whether there is no number left.
func (t *table) full() bool { return t.next() >= mostOpen }

func (t *table) next() int {
	for t.free < len(t.open) && t.open[t.free] != nil {
		t.free++
	}
	return t.free
}

// add gives d the lowest number that is free.
func (t *table) add(d *descriptor) uint32 {
	n := t.next()
	if n == len(t.open) {
		t.open = append(t.open, d)
	} else {
		t.open[n] = d
	}
	return uint32(n)
}

// follow lets what is open at or below from have its new name.
func (t *table) follow(from, to string) {
	for _, d := range t.open {
		if d == nil || d.isStream() {
			continue
		}
		if rest, ok := strings.CutPrefix(d.path, from); ok && (rest == "" || rest[0] == '/') {
			d.path = to + rest
		}
	}
}

// remove frees a number that is in use.
func (t *table) remove(fd uint32) {
	t.open[fd] = nil
	t.free = min(t.free, int(fd))
}
