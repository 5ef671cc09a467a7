package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"gatehouse/skill"
)

// Skills are the installed skills: a record of each in the database and its files in a folder. Built-in skills are
// not among them.
type Skills struct {
	db     *DB
	folder string
}

// Skills returns the skills whose files lie in folder, which is this user's alone.
func (db *DB) Skills(folder string) *Skills { return &Skills{db, folder} }

// Installed is what the person installed. Name and Version are the skill's own words.
type Installed struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Digest is the code's, ManifestDigest that of the manifest's canonical form.
	Digest         skill.Digest `json:"digest"`
	ManifestDigest skill.Digest `json:"manifestDigest"`
	// Origin says for people where it came from.
	Origin    string    `json:"origin"`
	Installed time.Time `json:"installed"`
	// On says whether agents see it. The person turns it on.
	On bool `json:"on"`
}

// installation is what is kept of an installed skill.
type installation struct {
	Installed
	// Manifest and Text are as they were approved: Load compares.
	Manifest skill.Manifest `json:"manifest"`
	Text     skill.Digest   `json:"text"`
	// Pinned is what agents read when the person turned it on last; nil where they never did.
	Pinned *skill.Words `json:"pinned,omitempty"`
	// Folder holds the skill's own folder. Each installation has a new one, so that files and record change together.
	Folder string `json:"folder"`
}

func (i installation) dir(root string) string { return filepath.Join(root, i.Folder, i.Name) }

// Add installs pkg, replacing an earlier one of its name at once or, on an error, not at all, and returns it as Load
// does. A package without a digest gets the one of its code. Agents do not see it until TurnOn, unless exactly this was
// on before.
func (s *Skills) Add(pkg *skill.Package) (*skill.Package, error) {
	s.db.skills.Lock()
	defer s.db.skills.Unlock()
	name := pkg.Manifest.Name
	fail := func(err error) (*skill.Package, error) { return nil, fmt.Errorf("installing skill %q: %w", name, err) }
	if err := skill.CheckName(name); err != nil {
		return fail(err)
	}
	if pkg.Signer() == skill.BuiltIn {
		return fail(errors.New("it is built in"))
	}
	packed := *pkg
	packed.Manifest.Digest = pkg.Digest
	canonical, err := skill.Canonical(packed.Manifest)
	if err != nil {
		return fail(err)
	}
	now := installation{
		Installed: Installed{
			Name: name, Version: packed.Manifest.Version, Digest: pkg.Digest, ManifestDigest: skill.DigestOf(canonical),
			Origin: pkg.Origin, Installed: time.Now().UTC().Truncate(time.Second),
		},
		Manifest: packed.Manifest, Text: skill.DigestOf([]byte(pkg.Text)),
	}
	was, err := s.find(name)
	if err == nil {
		now.Pinned = was.Pinned
		now.On = was.On && was.ManifestDigest == now.ManifestDigest && was.Text == now.Text
	} else if !errors.Is(err, skill.ErrNotFound) {
		return fail(err)
	}
	if now.Folder, err = s.save(&packed); err != nil {
		return fail(err)
	}
	if err := s.put(now); err != nil {
		os.RemoveAll(filepath.Join(s.folder, now.Folder))
		return fail(err)
	}
	s.sweep()
	return s.Load(name)
}

// save writes the files into a new folder, on disk when it returns.
func (s *Skills) save(pkg *skill.Package) (folder string, err error) {
	outer, err := os.MkdirTemp(s.folder, pkg.Manifest.Name+"-")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(outer)
		}
	}()
	saved, err := pkg.Save(filepath.Join(outer, pkg.Manifest.Name))
	if err != nil {
		return "", err
	}
	for _, dir := range []string{saved.Dir, outer, s.folder} {
		if err := syncFolder(dir); err != nil {
			return "", err
		}
	}
	return filepath.Base(outer), nil
}

// Load returns an installed skill: skill.ErrNotFound for none of this name, a *skill.DriftError for one whose files
// are not what was installed.
func (s *Skills) Load(name string) (*skill.Package, error) {
	was, err := s.find(name)
	if err != nil {
		return nil, err
	}
	pkg, err := skill.Load(was.dir(s.folder))
	var invalid *skill.InvalidError
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &invalid) {
		return nil, &skill.DriftError{Skill: name, Differences: []skill.Difference{
			{Place: was.dir(s.folder), Want: "a sound skill", Got: err.Error()},
		}}
	}
	if err != nil {
		return nil, fmt.Errorf("loading installed skill %q: %w", name, err)
	}
	if err := pkg.Drift(was.Manifest); err != nil {
		return nil, err
	}
	if text := skill.DigestOf([]byte(pkg.Text)); text != was.Text {
		return nil, &skill.DriftError{Skill: name, Differences: []skill.Difference{
			{Place: skill.TextFile, Want: string(was.Text), Got: string(text)},
		}}
	}
	pkg.Origin = was.Origin
	return pkg, nil
}

// List returns what is installed, by name, without looking at the files.
func (s *Skills) List() (all []Installed, err error) {
	err = s.each(func(i installation) { all = append(all, i.Installed) })
	return all, err
}

// Remove takes a skill and its files away; skill.ErrNotFound where there is none. Its decisions stay, for its digest
// alone.
func (s *Skills) Remove(name string) error {
	s.db.skills.Lock()
	defer s.db.skills.Unlock()
	if _, err := s.find(name); err != nil {
		return err
	}
	err := s.db.bolt.Update(func(tx *bbolt.Tx) error { return tx.Bucket(skillsBucket).Delete([]byte(name)) })
	if err != nil {
		return fmt.Errorf("removing skill %q: %w", name, err)
	}
	s.sweep()
	return nil
}

// ErrChanged is returned by TurnOn for a skill that is no longer what the person saw.
var ErrChanged = errors.New("the skill changed in the meantime")

// TurnOn lets agents see the skill, exactly as seen is: ErrChanged where another is installed by now, skill.ErrNotFound
// where there is none. What agents read of it is pinned.
func (s *Skills) TurnOn(seen *skill.Package) error {
	words, manifest := seen.Words(), seen.Manifest
	manifest.Digest = seen.Digest
	canonical, err := skill.Canonical(manifest)
	if err != nil {
		return err
	}
	return s.change(seen.Manifest.Name, func(i *installation) error {
		if i.ManifestDigest != skill.DigestOf(canonical) || i.Text != skill.DigestOf([]byte(seen.Text)) {
			return ErrChanged
		}
		i.On, i.Pinned = true, &words
		return nil
	})
}

// TurnOff hides the skill from agents; skill.ErrNotFound where there is none.
func (s *Skills) TurnOff(name string) error {
	return s.change(name, func(i *installation) error {
		i.On = false
		return nil
	})
}

func (s *Skills) change(name string, do func(*installation) error) error {
	s.db.skills.Lock()
	defer s.db.skills.Unlock()
	i, err := s.find(name)
	if err == nil {
		err = do(&i)
	}
	if err == nil {
		err = s.put(i)
	}
	if err != nil {
		return fmt.Errorf("turning skill %q on or off: %w", name, err)
	}
	return nil
}

// Shown says whether agents see the skill, and what they read when the person turned it on last, nil where they never
// did; skill.ErrNotFound where there is none.
func (s *Skills) Shown(name string) (on bool, pinned *skill.Words, err error) {
	i, err := s.find(name)
	return i.On, i.Pinned, err
}

// TurnBuiltIn says whether agents see a skill that is built in; they do until they are told otherwise.
func (s *Skills) TurnBuiltIn(name string, on bool) error {
	err := s.db.bolt.decide(func(tx *bbolt.Tx) error {
		if on {
			return tx.Bucket(offBucket).Delete([]byte(name))
		}
		return tx.Bucket(offBucket).Put([]byte(name), []byte("off"))
	})
	if err != nil {
		return fmt.Errorf("turning skill %q on or off: %w", name, err)
	}
	return nil
}

// BuiltInOff says whether a skill that is built in was turned off.
func (s *Skills) BuiltInOff(name string) (off bool, err error) {
	err = s.db.bolt.View(func(tx *bbolt.Tx) error {
		off = tx.Bucket(offBucket).Get([]byte(name)) != nil
		return nil
	})
	return off, err
}

func (s *Skills) find(name string) (i installation, err error) {
	err = s.db.bolt.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(skillsBucket).Get([]byte(name))
		if value == nil {
			return skill.ErrNotFound
		}
		return json.Unmarshal(value, &i)
	})
	if err != nil {
		return i, fmt.Errorf("finding installed skill %q: %w", name, err)
	}
	return i, nil
}

func (s *Skills) put(i installation) error {
	value, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return s.db.bolt.Update(func(tx *bbolt.Tx) error { return tx.Bucket(skillsBucket).Put([]byte(i.Name), value) })
}

func (s *Skills) each(do func(installation)) error {
	err := s.db.bolt.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(skillsBucket).ForEach(func(_, value []byte) error {
			var i installation
			if err := json.Unmarshal(value, &i); err != nil {
				return err
			}
			do(i)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("listing installed skills: %w", err)
	}
	return nil
}

// sweep removes the folders of installations that are no more, also those that a crash left. What cannot be removed
// now is removed another time.
func (s *Skills) sweep() {
	used := map[string]bool{}
	if s.each(func(i installation) { used[i.Folder] = true }) != nil {
		return
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !used[entry.Name()] {
			os.RemoveAll(filepath.Join(s.folder, entry.Name()))
		}
	}
}
