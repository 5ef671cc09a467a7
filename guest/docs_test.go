package guest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// examples are the blocks of one language in the page's section about requests.
func examples(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/skills.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "## Send a request\n")
	section, _, _ = strings.Cut(section, "\n## ")
	block := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindStringSubmatch(section)
	if !found || block == nil {
		t.Fatalf("docs/skills.md shows no request in %s", language)
	}
	return block[1]
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func build(t *testing.T, dir, name string, arguments ...string) {
	t.Helper()
	cmd := exec.Command(name, arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, said)
	}
}

// TestTheExampleInGo builds what the page shows, with this package copied as the page says.
func TestTheExampleInGo(t *testing.T) {
	files := map[string]string{
		"go.mod":  "module example\n\ngo 1.26\n",
		"main.go": "package main\n\nimport (\n\t\"errors\"\n\t\"io\"\n\t\"os\"\n\n\t\"example/guest\"\n)\n\nfunc main() {\n\tif fetch() != nil {\n\t\tos.Exit(1)\n\t}\n}\n\nfunc fetch() error {\n" + examples(t, "go") + "\tos.Stdout.Write(text)\n\treturn err\n}\n",
	}
	for _, name := range []string{"guest.go", "http_wasip1.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files["guest/"+name] = string(text)
	}
	dir := t.TempDir()
	write(t, dir, files)
	build(t, dir, "go", "build", "-o", "skill.wasm", ".")
}

func TestTheExampleInC(t *testing.T) {
	header, err := os.ReadFile("gatehouse.h")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"gatehouse.h": string(header),
		"skill.c":     "#include <stdio.h>\n#include <string.h>\n#include \"gatehouse.h\"\n\nint main(void) {\nconst char *url = \"https://en.wikipedia.org/wiki/Go\";\n" + examples(t, "c") + "return r.failed;\n}\n",
	})
	build(t, dir, "clang", "--target=wasm32-wasi", "-O2", "-Wall", "-Werror", "-o", "skill.wasm", "skill.c")
}
