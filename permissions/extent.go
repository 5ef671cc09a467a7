package permissions

import (
	"fmt"
	"slices"
	"strings"
)

// Extent is what somebody names who knows no grants, outside of any call: a folder with all in it, or one file; a host; a
// variable. One of Path, Host and Variable is set. All are hostile. It grants nothing: a manifest and a person do.
type Extent struct {
	// Path is absolute and clean, or begins with ${workspace}; it has no wildcard. Rights are Read, for listing too, and
	// Write.
	Path   string
	Rights []Right
	// Host is HOST, HOST:PORT or SCHEME://HOST:PORT.
	Host     string
	Variable string
}

// longestExtent is how long what an extent names may be, in bytes.
const longestExtent = 1024

// mostOfAnExtent is how many grants one extent comes to at most: a manifest may have many lines for one host.
const mostOfAnExtent = 16

// Grants returns what e comes to for a skill that asks for c: of the manifest's lines as much as e names, and where there
// is none such a grant as the manifest has not. It looks at no file. The error says why no grant can name e.
func (e Extent) Grants(c Capabilities, workspace string) ([]Grant, error) {
	for _, said := range []string{e.Path, e.Host, e.Variable} {
		if len(said) > longestExtent {
			return nil, fmt.Errorf("it is longer than %d bytes", longestExtent)
		}
		if strings.ContainsFunc(said, Hidden) {
			return nil, fmt.Errorf("it has a character that nobody sees: %s", Visible(said))
		}
	}
	switch {
	case e.Path != "":
		return e.files(c, workspace)
	case e.Host != "":
		return e.hosts(c)
	}
	g, fault := parse("env:" + e.Variable)
	if fault != nil {
		return nil, fmt.Errorf("%s", fault.reason)
	}
	return []Grant{g}, nil
}

// files returns the rights to a folder and all in it; to the one name where the manifest has no more.
func (e Extent) files(c Capabilities, workspace string) ([]Grant, error) {
	exact := FileGrant(Read, e.inside(workspace))
	if exact == (Grant{}) || len(e.Rights) == 0 {
		return nil, fmt.Errorf("it is no clean full path, or has no right to go with it")
	}
	var grants []Grant
	add := func(right Right, needed bool) {
		tree, one := pattern(right, strings.TrimSuffix(exact.path, "/")+"/**"), pattern(right, exact.path)
		switch {
		case tree != (Grant{}) && c.covers(tree, workspace):
			grants = append(grants, tree)
		case c.covers(one, workspace):
			grants = append(grants, one)
		case tree != (Grant{}) && needed:
			grants = append(grants, tree)
		case needed: // everything there is, which nobody can allow
			grants = append(grants, one)
		}
	}
	if slices.Contains(e.Rights, Read) {
		add(Read, true)
		add(List, false) // to read a folder is to see what is in it, where the skill does that
	}
	if slices.Contains(e.Rights, Write) {
		add(Write, true)
	}
	return grants, nil
}

// inside spells the path from the workspace where it lies in it.
func (e Extent) inside(workspace string) string {
	if rest, below := strings.CutPrefix(e.Path, workspace); below && workspace != "" && (rest == "" || rest[0] == '/') {
		return workspaceWord + rest
	}
	return e.Path
}

// hosts returns the manifest's lines for the network as far as they are for the one host, each with its own methods and
// path.
func (e Extent) hosts(c Capabilities) ([]Grant, error) {
	wanted, err := e.origin()
	if err != nil {
		return nil, err
	}
	var grants []Grant
	for _, l := range slices.Concat(c.Requires, c.Optional) {
		if g, some := l.Grant.at(wanted); some && !slices.Contains(grants, g) && len(grants) < mostOfAnExtent {
			grants = append(grants, g)
		}
	}
	if len(grants) > 0 {
		return grants, nil
	}
	g, err := Parse("net:*:" + wanted.filled().String() + "/**")
	if err != nil {
		return nil, err
	}
	return []Grant{g}, nil
}

// origin reads Host; scheme and port are empty where it names none.
func (e Extent) origin() (origin, error) {
	scheme, authority, named := strings.Cut(e.Host, "://")
	if !named {
		scheme, authority = "", e.Host
	}
	if named && defaultPorts[scheme] == "" {
		return origin{}, fmt.Errorf("a host may follow https:// or http:// and nothing else")
	}
	o, fault := parseOrigin(scheme, strings.TrimSuffix(authority, "/"), 0, parseHost)
	if fault != nil {
		return origin{}, fmt.Errorf("%s", fault.reason)
	}
	return o, nil
}

// filled is o with what is usual where it says nothing.
func (o origin) filled() origin {
	if o.scheme == "" {
		o.scheme = "https"
	}
	if o.port == "" {
		o.port = defaultPorts[o.scheme]
	}
	return o
}

// at returns as much of g as is for one host, and whether there is any. An empty scheme or port of wanted is any.
func (g Grant) at(wanted origin) (Grant, bool) {
	if g.kind != Net {
		return Grant{}, false
	}
	there, path := wanted.filled(), "/**"
	if g.origin != (origin{}) {
		if wanted.scheme == "" {
			there.scheme = g.origin.scheme
		}
		if wanted.port == "" {
			there.port = g.origin.port
		}
		if path = g.path; !g.origin.covers(there) {
			return Grant{}, false
		}
	}
	text := "net:" + g.methods + ":" + there.String() + path
	if g.suffix != "" {
		text += "#" + g.suffix
	}
	part, err := Parse(text)
	return part, err == nil
}

// covers says whether some line of the manifest covers g.
func (c Capabilities) covers(g Grant, workspace string) bool {
	return slices.ContainsFunc(slices.Concat(c.Requires, c.Optional), func(l Line) bool { return l.Grant.Covers(g, workspace) })
}

// concerns says whether taking e away means taking g away: g may be for something of what e names. It is generous with
// patterns, for what is left would still be allowed.
func (e Extent) concerns(g Grant, workspace string) bool {
	switch {
	case e.Path != "":
		named := FileGrant(Read, e.inside(workspace))
		if g.kind != Files || g.right == Pick || named == (Grant{}) {
			return false
		}
		folder, other := fold(absolute(named.path, workspace)), fold(base(absolute(g.path, workspace)))
		return startsWith(other, folder) || startsWith(folder, other)
	case e.Host != "":
		wanted, err := e.origin()
		_, some := g.at(wanted)
		return err == nil && some
	}
	return g.kind == Env && g.name == e.Variable
}
