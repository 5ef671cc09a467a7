// Package skill says what a skill is: a folder with a manifest, the wasm and a text for agents, or a bare .wasm file.
// It reads and checks all three, names the code by its digest, tells what has drifted since installation, and packs
// and scaffolds skills. Limits are defined here and nowhere else.
//
// It knows neither how a guest runs nor who decides about a grant, and it asks for nothing: grants are strings that
// package permissions reads. Everything it reads was written by strangers, so nothing here panics on it, hangs on it or
// follows it out of the skill's folder.
//
// It is the keeper of three libraries: santhosh-tekuri/jsonschema, which checks formats and says where a value is wrong;
// gowebpki/jcs, because a hash needs one canonical form of JSON; and goccy/go-yaml, since the front matter of other
// people's skills is all of YAML and a reader of our own would be wrong about it.
package skill

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Package is a skill as it was read.
type Package struct {
	// Dir is the folder it was loaded from; empty for a bare file and a built-in skill.
	Dir      string
	Manifest Manifest
	Wasm     []byte
	// Digest is that of Wasm, computed. For a packed skill it equals Manifest.Digest.
	Digest Digest
	// Text is SKILL.md without its front matter; hostile.
	Text string
	// Development is set where nobody has packed the skill: its manifest has no digest, or it is a bare file.
	Development bool
	// Origin says for people where it came from: "built in", or the path it was loaded from.
	Origin string

	// document is the whole of SKILL.md.
	document []byte
	binary   Binary
}

// maxWasm bounds the code of one skill; the largest interpreters in use are a tenth of it.
const maxWasm = 256 << 20

// Load reads the skill in the folder dir and checks everything that can be checked without running it. It returns an
// *InvalidError for what is malformed, a *DriftError where manifest and code do not belong together, and an error
// matching ErrUnsupported for a kind that cannot run yet. Nothing outside dir is opened, whatever links stand in it.
func Load(dir string) (*Package, error) {
	p, err := read(dir)
	if err != nil {
		return nil, err
	}
	return p.whole()
}

// LoadDraft is Load for a skill that somebody is working on: code that its manifest's digest no longer fits is no drift,
// and the skill is in development.
func LoadDraft(dir string) (*Package, error) {
	p, err := read(dir)
	if err != nil {
		return nil, err
	}
	p.Manifest.Digest, p.Development = "", true
	return p.whole()
}

// LoadFS is Load for a folder that is compiled in: the root of fsys is the skill called name, and origin says where it
// came from.
func LoadFS(fsys fs.FS, name, origin string) (*Package, error) {
	p, err := readFS(fsys, name)
	if err != nil {
		return nil, err
	}
	p.Origin = origin
	return p.whole()
}

// whole returns p unless it has drifted.
func (p *Package) whole() (*Package, error) {
	if err := p.checkDrift(); err != nil {
		return nil, err
	}
	return p, nil
}

// read reads the skill in dir without comparing digests.
func read(dir string) (*Package, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding skill %q: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening skill: %w", err)
	}
	defer root.Close()
	p, err := readFS(root.FS(), filepath.Base(dir))
	if err != nil {
		return nil, err
	}
	p.Dir, p.Origin = dir, dir
	return p, nil
}

func readFS(fsys fs.FS, name string) (*Package, error) {
	data, err := readFile(fsys, ManifestFile, maxManifest)
	if err != nil {
		return nil, err
	}
	m, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if m.Name != name {
		return nil, invalid(ManifestFile+"#/name", "%q stands in a folder called %q", m.Name, name).
			hint("name and folder are one: rename either")
	}
	document, err := readFile(fsys, TextFile, maxManifest)
	if err != nil {
		return nil, err
	}
	front, text, err := ParseText(document)
	if err != nil {
		return nil, err
	}
	if err := front.check(m.Name); err != nil {
		return nil, err
	}
	wasm, err := readFile(fsys, m.Wasm, maxWasm)
	if err != nil {
		return nil, err
	}
	p := &Package{Manifest: m, Wasm: wasm, Digest: DigestOf(wasm), Text: text, Development: m.Digest == "",
		document: document}
	if err := p.checkBinary(); err != nil {
		return nil, err
	}
	return p, nil
}

// missing says what to do where a file of a skill is not there.
var missing = map[string]string{
	".wasm": "build it first; docs/skills.md shows how",
	".json": "is this a skill's folder? 'gatehouse skill new FOLDER' makes one",
	".md":   "write what agents should know of the skill into it",
}

// readFile reads one regular file of at most most bytes. A missing or oversized file is the skill's mistake, so it is
// an *InvalidError.
func readFile(fsys fs.FS, name string, most int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, invalid(name, "there is no such file in the skill's folder").hint("%s", missing[path.Ext(name)])
	}
	if err != nil {
		return nil, invalid(name, "it cannot be read: %v", err)
	}
	if !info.Mode().IsRegular() {
		return nil, invalid(name, "it is not a regular file")
	}
	tooLarge := invalid(name, "it is larger than %v", Size(most))
	if info.Size() > most { // nobody waits for what is refused anyway
		return nil, tooLarge
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, invalid(name, "it cannot be read: %v", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if int64(len(data)) > most { // it has grown since
		return nil, tooLarge
	}
	return data, nil
}
