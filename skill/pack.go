package skill

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Pack checks the skill in the folder dir, writes the digest of its code into its manifest, and returns it as Load
// then finds it. The folder is not changed where an error is returned.
func Pack(dir string) (*Package, error) {
	p, err := read(dir)
	if err != nil {
		return nil, err
	}
	if p.Manifest.Digest != p.Digest {
		p.Manifest.Digest = p.Digest
		if err := p.checkDrift(); err != nil {
			return nil, err
		}
		if err := p.writeManifest(p.Dir); err != nil {
			return nil, err
		}
	}
	return Load(dir)
}

// Save writes the skill's three files into the new folder dir, whose last element is the skill's name, and returns
// the skill as Load finds it there. The folder appears whole or not at all; an existing one is an error.
func (p *Package) Save(dir string) (*Package, error) {
	if name := filepath.Base(dir); name != p.Manifest.Name {
		return nil, fmt.Errorf("saving skill %q: the folder is called %q", p.Manifest.Name, name)
	}
	if _, err := os.Lstat(dir); err == nil {
		return nil, fmt.Errorf("saving skill %q: %q: %w", p.Manifest.Name, dir, os.ErrExist)
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(dir), ".saving-*")
	if err != nil {
		return nil, fmt.Errorf("saving skill: %w", err)
	}
	defer os.RemoveAll(unfinished)
	if err := p.writeAll(unfinished); err != nil {
		return nil, err
	}
	if err := os.Rename(unfinished, dir); err != nil {
		return nil, fmt.Errorf("saving skill: %w", err)
	}
	return Load(dir)
}

func (p *Package) writeAll(dir string) error {
	if err := writeFile(filepath.Join(dir, p.Manifest.Wasm), p.Wasm); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, TextFile), p.document); err != nil {
		return err
	}
	return p.writeManifest(dir)
}

func (p *Package) writeManifest(dir string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(p.Manifest); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return writeFile(filepath.Join(dir, ManifestFile), text.Bytes())
}

// writeFile replaces the file at path in one step: what stands there is the old content or all of the new one.
func writeFile(path string, content []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	return nil
}
