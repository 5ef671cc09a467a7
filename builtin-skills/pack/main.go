// Command pack builds the built-in skills: it compiles each folder beside it that holds a skill.json for wasip1, and
// packs the result into dist, where builtin-skills embeds it. The same source and the same Go give the same bytes. It
// knows how skills are made and nothing of how they run.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"gatehouse/skill"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// run packs every skill and says so in a line each. A skill that cannot be packed is an error and is left out of dist.
func run(out io.Writer) error {
	home, err := folder()
	if err != nil {
		return err
	}
	manifests, err := filepath.Glob(filepath.Join(home, "*", skill.ManifestFile))
	if err != nil {
		return fmt.Errorf("finding skills: %w", err)
	}
	if len(manifests) == 0 {
		return fmt.Errorf("there is no skill in %q", home)
	}
	known := map[string]bool{}
	for _, manifest := range manifests {
		source := filepath.Dir(manifest)
		name := filepath.Base(source)
		known[name] = true
		packed, err := pack(source, filepath.Join(home, "dist", name))
		if err != nil {
			return fmt.Errorf("packing %s: %w", name, err)
		}
		fmt.Fprintf(out, "%s %s %s (%d KiB)\n", name, packed.Manifest.Version, packed.Digest, len(packed.Wasm)>>10)
	}
	return removeOthers(filepath.Join(home, "dist"), known)
}

// folder finds builtin-skills from anywhere in the module.
func folder() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	home := filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), "builtin-skills")
	if _, err := os.Stat(home); err != nil {
		return "", fmt.Errorf("finding the skills (run this inside the Gatehouse module): %w", err)
	}
	return home, nil
}

// pack makes the folder target of the skill in source. Where it fails, target is gone: nothing half-made is embedded.
func pack(source, target string) (p *skill.Package, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(target))
		}
	}()
	if err := os.MkdirAll(target, 0o755); err != nil {
		return nil, err
	}
	// Building over the last result lets Go see that nothing changed.
	if err := build(source, filepath.Join(target, "skill.wasm")); err != nil {
		return nil, err
	}
	for _, file := range []string{skill.ManifestFile, skill.TextFile} {
		text, err := os.ReadFile(filepath.Join(source, file))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(target, file), text, 0o644); err != nil {
			return nil, err
		}
	}
	return skill.Pack(target)
}

// build compiles the program in source. Nothing of the builder's own settings, paths or version control gets in.
func build(source, wasm string) error {
	var diagnosis bytes.Buffer
	compile := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", wasm, ".")
	compile.Dir = source
	compile.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=", "GOWASM=", "GOEXPERIMENT=")
	compile.Stdout, compile.Stderr = &diagnosis, &diagnosis
	if err := compile.Run(); err != nil {
		return fmt.Errorf("compiling: %w\n%s", err, diagnosis.Bytes())
	}
	return nil
}

// removeOthers removes what earlier sources left in dist.
func removeOthers(dist string, known map[string]bool) error {
	entries, err := os.ReadDir(dist)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && !known[e.Name()] {
			if err := os.RemoveAll(filepath.Join(dist, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
