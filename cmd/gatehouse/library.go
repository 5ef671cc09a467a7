package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	builtinskills "gatehouse/builtin-skills"
	"gatehouse/host"
	"gatehouse/skill"
	"gatehouse/store"
)

// library is the shared host's skills: the built-in ones, and those that the person installed. What was read and
// checked once is kept, so that a call does not hash megabytes: it runs the bytes that were checked.
type library struct {
	installed *store.Skills
	profiles  *store.Profiles

	mu     sync.Mutex
	loaded map[string]loaded
}

// loaded is a checked skill, and what its files looked like then.
type loaded struct {
	pkg  *skill.Package
	look string
}

func newLibrary(installed *store.Skills, profiles *store.Profiles) *library {
	return &library{installed: installed, profiles: profiles, loaded: map[string]loaded{}}
}

// Names lists built-in and installed skills, sorted.
func (l *library) Names() ([]string, error) {
	installed, err := l.installed.List()
	if err != nil {
		return nil, err
	}
	names := builtinskills.List()
	for _, s := range installed {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Load returns a skill; a built-in one's name cannot be taken by another.
func (l *library) Load(name string) (*skill.Package, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.loaded[name]; ok && known.look == look(known.pkg.Dir) {
		return known.pkg, nil
	}
	delete(l.loaded, name)
	load := l.installed.Load
	if slices.Contains(builtinskills.List(), name) {
		load = builtinskills.Package
	}
	pkg, err := load(name)
	if err != nil {
		return nil, err
	}
	l.loaded[name] = loaded{pkg, look(pkg.Dir)}
	return pkg, nil
}

// Offered lists the skills that agents may see and that each of the profiles leaves in. One that is no longer what was
// installed is not offered.
func (l *library) Offered(profiles ...string) ([]*skill.Package, error) {
	names, err := l.Names()
	if err != nil {
		return nil, err
	}
	for _, name := range profiles {
		profile, err := l.profiles.Find(name)
		if err != nil {
			return nil, err
		}
		names = slices.DeleteFunc(names, func(skill string) bool { return !profile.Has(skill) })
	}
	var offered []*skill.Package
	for _, name := range names {
		pkg, err := l.Load(name)
		if err != nil {
			continue
		}
		// Asked after it was loaded: what replaced it meanwhile is off.
		if on, _, err := l.Shown(name); err == nil && on {
			offered = append(offered, pkg)
		}
	}
	return offered, nil
}

// Shown says whether agents see a skill, and what they read when the person turned it on last. A built-in one is seen
// until it is turned off, and changes with this program alone.
func (l *library) Shown(name string) (on bool, pinned *skill.Words, err error) {
	if slices.Contains(builtinskills.List(), name) {
		off, err := l.installed.BuiltInOff(name)
		return err == nil && !off, nil, err
	}
	return l.installed.Shown(name)
}

// TurnOn lets agents see the skill, exactly as seen is.
func (l *library) TurnOn(seen *skill.Package) error {
	if seen.Signer() == skill.BuiltIn {
		return l.installed.TurnBuiltIn(seen.Manifest.Name, true)
	}
	return l.installed.TurnOn(seen)
}

// TurnOff hides the skill from agents.
func (l *library) TurnOff(name string) error {
	if slices.Contains(builtinskills.List(), name) {
		return l.installed.TurnBuiltIn(name, false)
	}
	return l.installed.TurnOff(name)
}

// look tells an untouched skill's files from touched ones. A built-in skill has no folder and always looks the same.
func look(dir string) string {
	entries, err := os.ReadDir(dir)
	if dir != "" && err != nil {
		return "gone: " + err.Error()
	}
	var look strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return "gone: " + err.Error()
		}
		fmt.Fprintln(&look, e.Name(), info.Size(), info.ModTime().UnixNano(), info.Mode())
	}
	return look.String()
}

// forget makes the next Load read the skill again.
func (l *library) forget(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.loaded, name)
}

// Add installs the folder or .wasm file at path, which is absolute.
func (l *library) Add(path string) (*skill.Package, error) {
	if !filepath.IsAbs(path) {
		return nil, &host.Error{Code: host.CodeInput, Message: fmt.Sprintf("%q is not a full path", path), Hint: "give it from the root of the file system"}
	}
	pkg, err := loadAny(path, skill.Load)
	if err != nil {
		return nil, err
	}
	if pkg.Development {
		return nil, &host.Error{Code: host.CodeSkill, Message: fmt.Sprintf("%s is in development: its manifest names no digest", pkg.Manifest.Name),
			Hint: "pack it first: gatehouse skill pack FOLDER; or run it with --here"}
	}
	if slices.Contains(builtinskills.List(), pkg.Manifest.Name) {
		return nil, &host.Error{Code: host.CodeInput, Message: fmt.Sprintf("%s is the name of a built-in skill", pkg.Manifest.Name), Hint: "give the skill another name"}
	}
	defer l.forget(pkg.Manifest.Name)
	return l.installed.Add(pkg)
}

// Remove takes an installed skill away.
func (l *library) Remove(name string) error {
	if slices.Contains(builtinskills.List(), name) {
		return &host.Error{Code: host.CodeInput, Message: fmt.Sprintf("%s is built in and stays", name)}
	}
	defer l.forget(name)
	err := l.installed.Remove(name)
	if errors.Is(err, skill.ErrNotFound) {
		return &host.Error{Code: host.CodeNotFound, Message: fmt.Sprintf("no skill is called %q", name), Hint: "gatehouse skill list"}
	}
	return err
}
