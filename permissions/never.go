package permissions

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
)

//go:embed data/never.txt
var neverPlaces string

//go:embed data/credentials.txt
var credentialPlaces string

//go:embed data/startup.txt
var startupPlaces string

//go:embed data/active.txt
var activeNames string

// Never is what nobody can allow, whatever anybody answers (permissions.md section 2).
type Never struct {
	// Home is the real path of the person's home folder.
	Home string
	// Own are the real paths of Gatehouse's folders and programs.
	Own []string
}

// laws is Never made ready for looking up, together with the active files.
type laws struct {
	home                                string // folded
	own, never, credentials, startFiles places
	active                              places

	// mu guards the rest. known is what was found of the last paths, for the same ones come again and again, and held what it
	// takes, in bytes and roughly.
	mu    sync.Mutex
	known map[lookup]string
	held  int
	// more are credentials that were named since, whole; it is only ever replaced, and known begins anew then.
	more *places
}

// lookup is one question to the laws about a path.
type lookup struct {
	path   string
	right  Right
	picked bool
}

// mostKnown is how much memory the answers that are remembered may take, and eachKnown what one takes beside its path.
const (
	mostKnown = 4 << 20
	eachKnown = 128
)

func newLaws(n Never) *laws {
	l := &laws{
		home:        fold(escape(n.Home)),
		never:       newPlaces(n.Home, entries(neverPlaces)),
		credentials: newPlaces(n.Home, entries(credentialPlaces)),
		startFiles:  newPlaces(n.Home, entries(startupPlaces)),
		active:      newPlaces(n.Home, entries(activeNames)),
	}
	for _, own := range n.Own {
		l.own.rooted = append(l.own.rooted, fold(escape(own)))
	}
	l.conceal(nil)
	return l
}

// conceal makes the files at these real paths credentials, in the place of those that it made so before.
func (l *laws) conceal(paths []string) {
	more := &places{}
	for _, path := range paths {
		more.rooted = append(more.rooted, fold(escape(path)))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.more, l.known, l.held = more, nil, 0
}

// refuse says why nobody can allow g, or nothing. A pattern is refused here only where everything it names would be.
// Credentials open for reading where the person picked the very file, and then only once.
func (l *laws) refuse(g Grant, workspace string, picked bool) string {
	switch g.kind {
	case Files:
		if l.tooWide(g, workspace) {
			return "a pattern for a whole home folder or more"
		}
		return l.refusePath(absolute(g.path, workspace), g.right, picked && !wild(g.path))
	case Net, Secret:
		if place, what := placeOfHost(g.origin.host); place == Nowhere {
			return what
		}
	}
	return ""
}

func (l *laws) refusePath(path string, right Right, picked bool) string {
	asked := lookup{path, right, picked}
	l.mu.Lock()
	reason, known := l.known[asked]
	more := l.more
	l.mu.Unlock()
	if known {
		return reason
	}
	reason = l.lookUp(path, right, picked, more)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != more {
		return reason // as it was when it was asked, and not for the next
	}
	l.held += len(path) + eachKnown
	if l.held > mostKnown || l.known == nil {
		l.known, l.held = map[lookup]string{}, len(path)+eachKnown
	}
	l.known[asked] = reason
	return reason
}

func (l *laws) lookUp(path string, right Right, picked bool, more *places) string {
	for _, spelling := range spellings(path) {
		switch {
		case l.own.hold(spelling):
			return "Gatehouse's own files"
		case l.never.hold(spelling):
			return "a place that no skill may see"
		case (l.credentials.hold(spelling) || more.hold(spelling)) && !(picked && right == Read):
			return "credentials"
		case right != Write:
		case l.startFiles.hold(spelling):
			return "a file that other programs start or obey by themselves"
		case l.own.below(spelling), l.never.below(spelling), l.credentials.below(spelling), l.startFiles.below(spelling), more.below(spelling):
			return "a folder that holds what no skill may change"
		case repository(spelling):
			return "a repository's inside, which runs programs"
		}
	}
	return ""
}

// isActive says whether writing what g names would be writing what another program may run.
func (l *laws) isActive(g Grant, workspace string) bool {
	return g.is(Write) &&
		slices.ContainsFunc(spellings(absolute(g.path, workspace)), l.active.hold)
}

// tooWide says whether g has a ** at the home folder or above it.
func (l *laws) tooWide(g Grant, workspace string) bool {
	if g.kind != Files || !strings.Contains(g.path, "**") || l.home == "" {
		return false
	}
	folder := base(absolute(g.path, workspace))
	// Folding keeps the number of segments, and costs more than counting them.
	return strings.Count(folder, "/") <= strings.Count(l.home, "/") && startsWith(l.home, fold(folder))
}

// repository says whether a folded path to be written lies in a git folder or one of ours, or would help to make a
// folder a git folder: git takes one with HEAD, objects and refs for a repository and runs what its config says.
func repository(path string) bool {
	for path != "" {
		var segment string
		segment, path = nextSegment(path)
		switch {
		case strings.HasSuffix(segment, ".GIT"), segment == ".GATEHOUSE":
			return true
		case strings.HasPrefix(segment, "GIT~"), strings.HasPrefix(segment, "GATEHO~"): // short names of the two
			return true
		case segment == "HEAD" && path == "":
			return true
		}
	}
	return false
}

// places are the lines of a data file: whole paths, and names that count wherever they stand. All are folded.
type places struct{ rooted, loose []string }

func newPlaces(home string, lines []string) (p places) {
	for _, line := range lines {
		below, inHome := strings.CutPrefix(line, "~")
		switch {
		case inHome && home != "":
			p.rooted = append(p.rooted, fold(escape(home)+below))
		case inHome:
		case strings.HasPrefix(line, "/"):
			p.rooted = append(p.rooted, fold(line))
		default:
			p.loose = append(p.loose, fold("/"+line))
		}
	}
	return p
}

// hold says whether path is one of the places or lies below one.
func (p places) hold(path string) bool {
	if slices.ContainsFunc(p.rooted, func(place string) bool { return startsWith(path, place) }) {
		return true
	}
	for path != "" && len(p.loose) > 0 {
		if slices.ContainsFunc(p.loose, func(place string) bool { return startsWith(path, place) }) {
			return true
		}
		_, path = nextSegment(path)
	}
	return false
}

// below says whether one of the places lies below path.
func (p places) below(path string) bool {
	return slices.ContainsFunc(p.rooted, func(place string) bool { return startsWith(place, path) })
}

// startsWith says whether the first segments of path are those of start; * in start stands for any run of characters.
func startsWith(path, start string) bool {
	if !strings.Contains(start, "*") {
		rest, same := strings.CutPrefix(path, start)
		return same && (rest == "" || rest[0] == '/') || start == "/"
	}
	for start != "" {
		if path == "" {
			return false
		}
		var segment, pattern string
		segment, path = nextSegment(path)
		pattern, start = nextSegment(start)
		if !textWithin(segment, pattern) {
			return false
		}
	}
	return true
}

// spellings returns the ways in which file systems may read path: with only its case folded, and with everything
// folded that some file system ignores.
func spellings(path string) []string {
	plain, full := strings.Map(foldRune, path), fold(path)
	if plain == full {
		return []string{plain}
	}
	return []string{plain, full}
}

// fold spells a canonical absolute path as the most careless file system would read it: without case, invisible
// characters, NTFS streams, and dots and spaces at the end of a name.
func fold(path string) string {
	var out strings.Builder
	for path != "" && path[0] == '/' {
		var segment string
		segment, path = nextSegment(path)
		segment = strings.Map(foldVisible, segment)
		segment, _, _ = strings.Cut(segment, ":")
		out.WriteString("/" + strings.TrimRight(segment, ". "))
	}
	return out.String()
}

// ignorable are the characters that nobody sees and some file systems skip.
var ignorable = []*unicode.RangeTable{
	unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point,
}

func foldVisible(r rune) rune {
	if r > unicode.MaxASCII && unicode.In(r, ignorable...) {
		return -1
	}
	return foldRune(r)
}

// foldRune returns the first of all runes that differ from r in case alone: K for k and for the Kelvin sign.
func foldRune(r rune) rune {
	switch {
	case lower(r):
		return r - 'a' + 'A'
	case r <= unicode.MaxASCII:
		return r
	}
	first := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		first = min(first, other)
	}
	return first
}
