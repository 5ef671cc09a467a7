package skill

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed scaffold
var scaffold embed.FS

// scaffoldFiles maps the files of a new skill to their templates. The Go source is not called .go here, so that it is
// no part of this module.
var scaffoldFiles = map[string]string{
	ManifestFile: "skill.json",
	TextFile:     "SKILL.md",
	"main.go":    "main.go.txt",
}

// New writes a small skill in Go called name into the new folder dir/name and returns that folder's path. It runs as
// it is once main.go is built for wasip1 as skill.wasm. An existing folder is an error.
func New(dir, name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	folder := filepath.Join(dir, name)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", fmt.Errorf("making skill: %w", err)
	}
	for file, template := range scaffoldFiles {
		text, err := scaffold.ReadFile("scaffold/" + template)
		if err != nil {
			return "", fmt.Errorf("making skill: %w", err)
		}
		text = []byte(strings.ReplaceAll(string(text), "my-skill", name))
		if err := os.WriteFile(filepath.Join(folder, file), text, 0o644); err != nil {
			return "", fmt.Errorf("making skill: %w", err)
		}
	}
	return folder, nil
}
