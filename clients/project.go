package clients

import (
	"os"
	"path/filepath"
	"slices"
)

// projectFolders are folders in which a program looks for the configuration of a project; in a home folder they are the
// person's own.
var projectFolders = []string{".vscode", ".cursor", ".gemini", ".codex", ".zed", ".windsurf", ".claude", ".goose"}

// ofProject says why the file at a real path belongs to a project, or nothing. Whatever lies in a repository is one's,
// where that is not the whole home: it is meant to be given to others.
func ofProject(path, home string) string {
	if real, err := filepath.EvalSymlinks(home); err == nil {
		home = real
	}
	folder := filepath.Dir(path)
	if filepath.Base(path) == ".mcp.json" {
		return "it is the configuration of a project"
	}
	if slices.Contains(projectFolders, filepath.Base(folder)) && filepath.Dir(folder) != home {
		return "it is the configuration of a project"
	}
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil && at != home {
			return "it lies in a repository"
		}
		if filepath.Dir(at) == at {
			return ""
		}
	}
}

// InRepository says whether a file at a real path goes with the person's whole home into a repository.
func InRepository(home string) bool {
	_, err := os.Lstat(filepath.Join(home, ".git"))
	return err == nil
}
