package wasip1

import "strings"

// start is the folder in which a guest of C or Rust begins. Their library does not know of PWD and tells no relative name
// from an absolute one: both arrive here without the slash they may have begun with, since this is the last root and the
// others are longer or come before. So a name goes by its first segment.
const start = "."

// systems are folders at the top of a system that programs name absolutely. A name that begins with one of them and that
// the workspace does not have was meant so, and is refused as what it is rather than missing.
var systems = map[string]bool{
	"bin": true, "boot": true, "dev": true, "etc": true, "home": true, "lib": true, "lib64": true, "media": true, "mnt": true,
	"opt": true, "pick": true, "private": true, "proc": true, "root": true, "run": true, "sbin": true, "srv": true, "sys": true,
	"tmp": true, "usr": true, "var": true, "Applications": true, "Library": true, "System": true, "Users": true, "Volumes": true,
}

// mostBases bounds how many first segments are remembered.
const mostBases = 1000

// base is the folder at which the name begins: the top where something there may be looked at or lies above what can be
// granted, the workspace for every other name.
func (p *Process) base(relative string) string {
	for strings.HasPrefix(relative, "./") || strings.HasPrefix(relative, "/") {
		relative = strings.TrimPrefix(strings.TrimPrefix(relative, "."), "/")
	}
	first, _, more := strings.Cut(relative, "/")
	switch {
	case "/"+first == Workspace:
		return "/"
	case first == "" || first == "." || first == "..":
		return Workspace
	}
	more = more && systems[first]
	if base, known := p.bases[first]; known && (base == "/" || !more) {
		return base
	}
	if _, failed := p.describe("/"+first, true); failed == success {
		return p.remember(first, "/")
	}
	if more {
		if _, failed := p.describe(Workspace+"/"+first, false); failed == errNoEntry {
			return "/"
		}
		return Workspace
	}
	return p.remember(first, Workspace)
}

func (p *Process) remember(first, base string) string {
	if len(p.bases) < mostBases {
		p.bases[first] = base
	}
	return base
}
