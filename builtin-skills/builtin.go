// Package builtinskills carries the skills that come with Gatehouse. They are guests like any other: compiled for
// wasip1, packed with their digest by the program in pack, and embedded from dist. It knows neither how they are made
// nor how they run.
package builtinskills

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"gatehouse/skill"
)

// Origin is where these skills come from, in the words that people see and that decisions are kept under.
const Origin = "built in"

var (
	// ErrNotBuilt is returned by Package where this program was built before its skills were.
	ErrNotBuilt = errors.New("this program was built without its skills; run make skills and build it again")
)

//go:embed all:dist
var dist embed.FS

// List returns the names of the built-in skills in alphabetical order; none where they were not built.
func List() []string {
	var names []string
	entries, _ := fs.ReadDir(dist, "dist") // It is embedded, so it can be read.
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Package returns the built-in skill called name, checked as any other skill is; skill.ErrNotFound for a name that none
// has.
func Package(name string) (*skill.Package, error) {
	if err := skill.CheckName(name); err != nil {
		return nil, fmt.Errorf("%q: %w", name, skill.ErrNotFound)
	}
	if len(List()) == 0 {
		return nil, ErrNotBuilt
	}
	folder, err := fs.Sub(dist, "dist/"+name)
	if err != nil {
		return nil, fmt.Errorf("opening built-in skill %q: %w", name, err)
	}
	if _, err := fs.Stat(folder, "."); err != nil {
		return nil, fmt.Errorf("%q: %w", name, skill.ErrNotFound)
	}
	return skill.LoadFS(folder, name, Origin)
}
