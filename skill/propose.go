package skill

import (
	"slices"
	"strings"

	"gatehouse/permissions"
)

// Proposal is a manifest that asks for no more than what was seen, and how the one there is differs from it.
type Proposal struct {
	Manifest Manifest
	// Missing is what was wanted and no line of the manifest covers, Unused its lines that nothing was wanted of. Only
	// lines for files and requests are ever unused: what else a skill would want, a dry run does not see.
	Missing, Unused []permissions.Grant
}

// whyProposed is the reason in a proposed line that none of the skill's own covers; its author says a better one.
const whyProposed = "wanted in a dry run; say here what for"

// mostLines is how many lines a section of a manifest may have; more than that are not proposed.
const mostLines = 64

// mostProposed is how many lines of one right may stand beside each other before one is proposed for all of them.
const mostProposed = 3

// Propose returns the manifest m with lines for wanted and no others. Files become patterns by folder and extension, so
// that the next file of the kind is covered too. A line stays required where one of m's required lines covers it.
func (m Manifest) Propose(wanted []permissions.Grant) Proposal {
	p := Proposal{Manifest: m}
	p.Manifest.Digest, p.Manifest.Requires, p.Manifest.Optional = "", nil, nil
	for _, g := range wanted {
		if coveredBy(slices.Concat(m.Requires, m.Optional), g) == nil && !slices.Contains(p.Missing, g) {
			p.Missing = append(p.Missing, g)
		}
	}
	unseen := func(w Wish) bool {
		return w.Grant.Kind() != permissions.Files && w.Grant.Kind() != permissions.Net || w.Grant.Right() == permissions.Pick
	}
	keep := func(section []Wish) (kept []Wish) {
		for _, w := range section {
			switch {
			case unseen(w):
				kept = append(kept, w)
			case !slices.ContainsFunc(wanted, func(g permissions.Grant) bool { return w.Grant.Covers(g, exampleWorkspace) }):
				p.Unused = append(p.Unused, w.Grant)
			}
		}
		return kept
	}
	p.Manifest.Requires, p.Manifest.Optional = keep(m.Requires), keep(m.Optional)
	for _, g := range generalise(wanted) {
		if required := coveredBy(m.Requires, g); required != nil {
			p.Manifest.Requires = append(p.Manifest.Requires, Wish{Grant: g, Why: required.Why})
			continue
		}
		w := Wish{Grant: g, Why: whyProposed}
		if optional := coveredBy(m.Optional, g); optional != nil {
			w.Why = optional.Why
		}
		p.Manifest.Optional = append(p.Manifest.Optional, w)
	}
	p.Manifest.Requires = p.Manifest.Requires[:min(len(p.Manifest.Requires), mostLines)]
	p.Manifest.Optional = p.Manifest.Optional[:min(len(p.Manifest.Optional), mostLines)]
	return p
}

func coveredBy(lines []Wish, g permissions.Grant) *Wish {
	for i, w := range lines {
		if w.Grant == g || w.Grant.Covers(g, exampleWorkspace) {
			return &lines[i]
		}
	}
	return nil
}

// generalise returns grants that cover wanted: requests by method and host, files by folder and extension, or where that
// would be too many lines by the folder above them all, and the rest as it is.
func generalise(wanted []permissions.Grant) []permissions.Grant {
	var lines []permissions.Grant
	add := func(g permissions.Grant) {
		if !slices.Contains(lines, g) {
			lines = append(lines, g)
		}
	}
	for _, begin := range []string{"${workspace}", "/"} {
		for _, right := range []permissions.Right{permissions.List, permissions.Read, permissions.Write} {
			for _, g := range filesOf(wanted, right, begin) {
				add(g)
			}
		}
	}
	for _, g := range wanted {
		switch g.Kind() {
		case permissions.Files:
		case permissions.Net:
			add(g.WholeHost())
		default:
			add(g)
		}
	}
	return lines
}

// filesOf generalises the files of one right whose paths begin so.
func filesOf(wanted []permissions.Grant, right permissions.Right, begin string) []permissions.Grant {
	var exact, kinds []permissions.Grant
	for _, g := range wanted {
		if g.Kind() != permissions.Files || g.Right() != right || !strings.HasPrefix(g.Path(), begin) {
			continue
		}
		exact = append(exact, g)
		if kind := kindOfFile(g); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return fewer(kinds, exact)
}

// kindOfFile is g for all files in its folder with its extension. A folder, a name without one, and a name that begins
// with a dot stand for themselves.
func kindOfFile(g permissions.Grant) permissions.Grant {
	folder, name := cutLast(g.Path())
	dot := strings.LastIndexByte(name, '.')
	if g.Right() == permissions.List || dot <= 0 {
		return g
	}
	return fileGrant(g.Right(), folder+"/*"+name[dot:], g)
}

// fewer is kinds where they are few. Otherwise it is what covers all of exact: the one extension that they have, or
// everything, below the folder above them all, and beside it the kinds that such a pattern leaves out, as hidden files.
func fewer(kinds, exact []permissions.Grant) []permissions.Grant {
	if len(kinds) <= mostProposed {
		return kinds
	}
	right := kinds[0].Right()
	var folders, extensions []string
	for _, g := range kinds {
		folder, name := cutLast(g.Path())
		if right == permissions.List {
			folder, name = g.Path(), ""
		}
		folders = append(folders, folder)
		extensions = append(extensions, name[max(0, strings.LastIndexByte(name, '.')):])
	}
	above := folders[0]
	for _, folder := range folders {
		above = common(above, folder)
	}
	patterns := []string{above + "/**"}
	if extension := extensions[0]; strings.HasPrefix(extension, ".") && len(slices.Compact(extensions)) == 1 {
		patterns = []string{above + "/**/*" + extension, patterns[0]}
	}
	fewest := kinds
	for _, pattern := range patterns {
		all, err := permissions.Parse("fs:" + string(right) + ":" + pattern)
		if err != nil {
			continue
		}
		lines := []permissions.Grant{all}
		for _, g := range exact {
			if kind := kindOfFile(g); !all.Covers(g, exampleWorkspace) && !slices.Contains(lines, kind) {
				lines = append(lines, kind)
			}
		}
		if len(lines) < len(fewest) {
			fewest = lines
		}
	}
	return fewest
}

// common is the folder above both.
func common(a, b string) string {
	for a != "" && a != b && !strings.HasPrefix(b, a+"/") {
		a, _ = cutLast(a)
	}
	return a
}

// cutLast cuts the last segment from an escaped path.
func cutLast(path string) (folder, name string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

// fileGrant is the grant of right to a pattern, or otherwise where the grammar has none.
func fileGrant(right permissions.Right, pattern string, otherwise permissions.Grant) permissions.Grant {
	g, err := permissions.Parse("fs:" + string(right) + ":" + pattern)
	if err != nil || !g.Covers(otherwise, exampleWorkspace) {
		return otherwise
	}
	return g
}
