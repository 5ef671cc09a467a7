package skill_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/skill"
)

const goodManifest = `{
  "manifestVersion": 1,
  "name": "pdf-tools", "version": "1.2.0", "description": "Reads PDFs.", "license": "Apache-2.0",
  "kind": "command", "wasm": "skill.wasm",
  "tools": [{
    "name": "extract", "description": "Extracts text.",
    "inputSchema": { "type": "object", "required": ["path"], "additionalProperties": false,
      "properties": { "path": { "type": "string" }, "pages": { "type": "array", "items": { "type": "integer", "minimum": 1 } } } },
    "outputSchema": { "type": "object", "required": ["text"] },
    "annotations": { "readOnlyHint": true }
  }],
  "requires": [{ "grant": "fs:list:${workspace}/**", "why": "finds the PDFs you name" }],
  "optional": [{ "grant": "net:GET:https://*.wikipedia.org:443/**", "why": "looks words up",
    "match": ["net:GET:https://en.wikipedia.org:443/wiki/Go"], "notMatch": ["net:GET:https://wikipedia.org:443/wiki/Go"] }],
  "limits": { "memory": "256MiB", "time": "30s", "stack": "1MiB", "output": "1MiB", "fuel": 10000000000, "requests": 20,
    "payload": "1MiB", "files": 64, "cpu": 100, "concurrency": 8 }
}`

const goodText = "---\nname: pdf-tools\ndescription: Reads PDFs.\nmetadata: {gatehouse: skill.json}\n---\n# PDFs\n"

// module makes the smallest core module with these imports ("module.name") and exported functions, all of one type.
func module(imports []string, exports ...string) []byte {
	name := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	section := func(id byte, count int, content []byte) []byte {
		body := append([]byte{byte(count)}, content...)
		// Two bytes of length hold every module that these tests make.
		return append([]byte{id, byte(len(body)&0x7f | 0x80), byte(len(body) >> 7)}, body...)
	}
	var importing, exporting []byte
	for _, i := range imports {
		from, what, spaced := strings.Cut(i, " ")
		if !spaced {
			from, what, _ = strings.Cut(i, ".")
		}
		importing = slices.Concat(importing, name(from), name(what), []byte{0, 0})
	}
	for _, e := range exports {
		exporting = slices.Concat(exporting, name(e), []byte{0, byte(len(imports))})
	}
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, 1, []byte{0x60, 0, 0}), section(2, len(imports), importing), section(3, 1, []byte{0}),
		section(7, len(exports), exporting), section(10, 1, []byte{2, 0, 0x0b}))
}

// command is a module that a command skill may be made of.
func command() []byte {
	return module([]string{"wasi_snapshot_preview1.path_open", "wasi_snapshot_preview1.fd_write"}, "_start")
}

// folder writes a skill called pdf-tools and returns its folder.
func folder(t *testing.T, manifest, text string, wasm []byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pdf-tools")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"skill.json": manifest, "SKILL.md": text, "skill.wasm": string(wasm)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func parseGood(t *testing.T) skill.Manifest {
	t.Helper()
	m, err := skill.Parse([]byte(goodManifest))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// document is goodManifest as the values of encoding/json, to be changed.
func document(t *testing.T) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(goodManifest), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
