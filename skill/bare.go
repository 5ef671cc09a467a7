package skill

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/permissions"
)

// bareFiles is what a bare command may ask for where it opens files by name: the whole workspace, each object asked for
// when it is wanted. bareRequests is what it may ask for where it sends requests: each host is asked for.
var (
	bareFiles    = []string{"fs:list:${workspace}/**", "fs:read:${workspace}/**", "fs:write:${workspace}/**"}
	bareRequests = []string{"net:any:*"}
)

// LoadWasm makes a skill of one .wasm file that came without a manifest. The skill is named after the file, requires
// nothing, and may ask for everything that its imports could need. The package is in development; saved and loaded
// again it is a packed one. The errors are those of Load.
func LoadWasm(file string) (*Package, error) {
	origin, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("finding %q: %w", file, err)
	}
	// A person named this file, so a link is theirs to follow.
	wasm, err := readFile(os.DirFS(filepath.Dir(origin)), filepath.Base(origin), maxWasm)
	if err != nil {
		return nil, err
	}
	binary, kind, err := outline(filepath.Base(file), wasm)
	if err != nil {
		return nil, err
	}
	name := nameFrom(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	p := &Package{Wasm: wasm, Digest: DigestOf(wasm), Development: true, Origin: origin, binary: binary}
	p.Manifest = bareManifest(name, kind, p.Digest)
	if err := checkSupported(p.Manifest); err != nil {
		return nil, err
	}
	if p.Manifest.Optional, err = bareWishes(binary); err != nil {
		return nil, err
	}
	p.document = textFor(p.Manifest, bareText)
	if _, p.Text, err = ParseText(p.document); err != nil {
		return nil, err
	}
	return p.whole()
}

func bareManifest(name string, kind Kind, digest Digest) Manifest {
	return Manifest{
		ManifestVersion: 1, Name: name, Version: "0.0.0",
		Description: "A WebAssembly program that came without a description.",
		Kind:        kind, Wasm: "skill.wasm", Digest: digest,
		Tools: []Tool{{Name: "run", Description: "Runs the program with the input that it is given."}},
	}
}

const bareText = "This program came without instructions.\n"

func bareWishes(b Binary) (wishes []Wish, err error) {
	add := func(able bool, grants []string, why string) {
		for _, text := range grants {
			grant, fault := permissions.Parse(text)
			if fault != nil {
				err = fmt.Errorf("making a manifest: %w", fault)
			}
			if able {
				wishes = append(wishes, Wish{Grant: grant, Why: "it came without a reason; its code can " + why})
			}
		}
	}
	add(opensPaths(b), bareFiles, "ask for files")
	add(sendsRequests(b), bareRequests, "send requests")
	return wishes, err
}

// textFor writes a SKILL.md for m. Every name and description that m can hold is safe between YAML's double quotes
// once it is written as JSON.
func textFor(m Manifest, text string) []byte {
	description, _ := Canonical(m.Description)
	return fmt.Appendf(nil, "---\nname: %s\ndescription: %s\nmetadata:\n  gatehouse: %s\n---\n%s",
		m.Name, description, ManifestFile, text)
}
