package skill_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"gatehouse/skill"
)

func TestLoadReadsAFolder(t *testing.T) {
	dir := folder(t, goodManifest, goodText, command())
	p, err := skill.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p.Dir != dir || p.Origin != dir || p.Text != "# PDFs\n" || p.Digest != skill.DigestOf(command()) || !p.Development {
		t.Errorf("Load() = %+v", p)
	}
}

func TestPackWritesTheDigestAndChangesNothingElse(t *testing.T) {
	dir := folder(t, goodManifest, goodText, command())
	before, err := skill.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := skill.Pack(dir)
	if err != nil {
		t.Fatal(err)
	}
	if packed.Manifest.Digest != packed.Digest || packed.Development {
		t.Errorf("Pack() = digest %q, development %v", packed.Manifest.Digest, packed.Development)
	}
	packed.Manifest.Digest = ""
	if got, want := encode(t, packed.Manifest), encode(t, before.Manifest); string(got) != string(want) {
		t.Errorf("the manifest after packing is\n%s\nwant\n%s", got, want)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("packing left %v, %v", left, err)
	}
}

func TestLoadRefusesWhatDoesNotFitTogether(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		manifest, text, want string
		wasm                 []byte
	}{
		{"a manifest of another name", strings.Replace(goodManifest, "pdf-tools", "pdf-tool", 1), goodText, `folder called "pdf-tools"`, command()},
		{"a text of another name", goodManifest, strings.Replace(goodText, "pdf-tools", "pdf", 1), `SKILL.md: its name is "pdf"`, command()},
		{"a text without a description", goodManifest, strings.Replace(goodText, "Reads PDFs.", "''", 1), "description has 0 characters", command()},
		{"a text that names no manifest", goodManifest, strings.Replace(goodText, "gatehouse", "x", 1), "does not name the manifest", command()},
		{"a text without front matter", goodManifest, "# PDFs\n", "does not begin with front matter", command()},
		{"front matter that never ends", goodManifest, "---\nname: pdf-tools\n", "does not begin with front matter", command()},
		{"front matter that is no YAML", goodManifest, "---\nname: [\n---\n", "cannot be read", command()},
		{"code that is not WebAssembly", goodManifest, goodText, "skill.wasm at byte 0: it is not WebAssembly", []byte("#!/bin/sh")},
		{"code that is cut off", goodManifest, goodText, "cut off", command()[:50]},
		{"code that nobody can call", goodManifest, goodText, "exports no _start", module(nil, "run")},
		{"a manifest that calls it a component", strings.Replace(goodManifest, `"command"`, `"component"`, 1), goodText, "it says component and the code is of the kind command", command()},
		{"a manifest that calls a plug-in a command", goodManifest, goodText, "it says command and the code is of the kind extism", module([]string{"extism:host/env.input_length"}, "run")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := skill.Load(folder(t, tt.manifest, tt.text, tt.wasm))
			var invalid *skill.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load() = %v; want an *InvalidError ...%s...", err, tt.want)
			}
		})
	}
}

func TestKindsOfALaterReleaseAreUnsupported(t *testing.T) {
	dir := folder(t, strings.Replace(goodManifest, `"command"`, `"component"`, 1), goodText, []byte("\x00asm\x0d\x00\x01\x00"))
	if _, err := skill.Load(dir); !errors.Is(err, skill.ErrUnsupported) {
		t.Errorf("Load() = %v; want ErrUnsupported", err)
	}
	if _, err := skill.LoadWasm(filepath.Join(dir, "skill.wasm")); !errors.Is(err, skill.ErrUnsupported) {
		t.Errorf("LoadWasm() = %v; want ErrUnsupported", err)
	}
}

func TestLoadDoesNotFollowLinksOutOfTheFolder(t *testing.T) {
	for _, file := range []string{"skill.json", "SKILL.md", "skill.wasm"} {
		dir := folder(t, goodManifest, goodText, command())
		outside := filepath.Join(t.TempDir(), file)
		if err := os.Rename(filepath.Join(dir, file), outside); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		var invalid *skill.InvalidError
		if _, err := skill.Load(dir); !errors.As(err, &invalid) || invalid.Place != file {
			t.Errorf("Load() with %s outside = %v; want an *InvalidError there", file, err)
		}
	}
}

// An agent may name a file of any size, and the person's yes to it holds only once it is known to be a skill or none.
func TestWhatIsTooLargeIsNotRead(t *testing.T) {
	fsys := vast{fstest.MapFS{"skill.json": {Data: []byte(goodManifest)}, "SKILL.md": {Data: []byte(goodText)}, "skill.wasm": {Data: command()}}}
	_, err := skill.LoadFS(fsys, "pdf-tools", "somewhere")
	var invalid *skill.InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "skill.wasm: it is larger than 256MiB") {
		t.Errorf("LoadFS() = %v; want that the file is too large", err)
	}
}

// vast is a file system whose code is a terabyte, and nobody can open it.
type vast struct{ fstest.MapFS }

func (v vast) Stat(name string) (fs.FileInfo, error) {
	info, err := v.MapFS.Stat(name)
	if name == "skill.wasm" {
		info = terabyte{info}
	}
	return info, err
}

func (v vast) Open(name string) (fs.File, error) {
	if name == "skill.wasm" {
		return nil, errors.New("it was opened")
	}
	return v.MapFS.Open(name)
}

type terabyte struct{ fs.FileInfo }

func (terabyte) Size() int64 { return 1 << 40 }

func TestLoadFSReadsWhatIsCompiledIn(t *testing.T) {
	fsys := fstest.MapFS{
		"skill.json": {Data: []byte(goodManifest)}, "SKILL.md": {Data: []byte(goodText)}, "skill.wasm": {Data: command()},
	}
	p, err := skill.LoadFS(fsys, "pdf-tools", "built in")
	if err != nil || p.Origin != "built in" || p.Dir != "" {
		t.Errorf("LoadFS() = %+v, %v", p, err)
	}
}

func TestABareFileBecomesASkill(t *testing.T) {
	write := func(name string, wasm []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, wasm, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	p, err := skill.LoadWasm(write("My Tool_v2.wasm", command()))
	if err != nil {
		t.Fatal(err)
	}
	m := p.Manifest
	if m.Name != "my-tool-v2" || len(m.Tools) != 1 || m.Tools[0].Name != "run" || len(m.Requires) != 0 || len(m.Optional) != 3 {
		t.Errorf("LoadWasm() = %+v", m)
	}
	if !p.Development || p.Text == "" {
		t.Errorf("development = %v, text = %q; want development and a text", p.Development, p.Text)
	}
	sends, err := skill.LoadWasm(write("sends.wasm", module([]string{"gatehouse:skill/http@0.1.0 [static]exchange.open"}, "_start")))
	if err != nil || len(sends.Manifest.Optional) != 1 || sends.Manifest.Optional[0].Grant.String() != "net:any:*" {
		t.Errorf("LoadWasm() = %+v, %v; want a skill that may ask for any host", sends, err)
	}
	quiet, err := skill.LoadWasm(write("quiet.wasm", module([]string{"wasi_snapshot_preview1.fd_write"}, "_start")))
	if err != nil || len(quiet.Manifest.Optional) != 0 {
		t.Errorf("a program that opens nothing may ask for %v, %v; want nothing", quiet.Manifest.Optional, err)
	}
	saved, err := p.Save(filepath.Join(t.TempDir(), "my-tool-v2"))
	if err != nil || saved.Development {
		t.Errorf("Save() = %+v, %v; want a packed skill", saved, err)
	}
	if _, err := saved.Save(saved.Dir); !errors.Is(err, os.ErrExist) {
		t.Errorf("Save() over a skill = %v; want ErrExist", err)
	}
}
