package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// ResolveWorkspace returns the real path of the folder dir, or an *Error with CodeInput where dir cannot be a
// workspace: it is not a folder, or it is the file system's root, the person's home or one of its ancestors, a
// dot-folder of home, a system folder, or lies in or around one of own (Gatehouse's folders), or in programs, the folder
// that its programs lie in. home is the person's.
//
// A workspace is only proposed by this: the person confirms it in ask.
func ResolveWorkspace(dir, home string, own []string, programs string) (string, error) {
	if dir == "" || strings.ContainsRune(dir, 0) {
		return "", workspaceError(dir, "it is not a folder's name")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", workspaceError(dir, "its place cannot be found")
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", workspaceError(dir, "there is no such folder")
	}
	info, err := os.Stat(real)
	if err != nil || !info.IsDir() {
		return "", workspaceError(dir, "it is not a folder")
	}
	if reason := refuseWorkspace(real, realOr(home), own, programs); reason != "" {
		return "", workspaceError(dir, reason)
	}
	return real, nil
}

func workspaceError(dir, reason string) error {
	return &Error{Code: CodeInput, Message: fmt.Sprintf("%q cannot be a workspace: %s", dir, reason),
		Hint: "name a folder of your own below your home: --workspace DIR"}
}

func refuseWorkspace(real, home string, own []string, programs string) string {
	if filepath.Dir(real) == real {
		return "it is the whole file system"
	}
	if home != "" {
		if within(home, real) {
			return "it holds your whole home"
		}
		if rel, err := filepath.Rel(home, real); err == nil && within(real, home) && strings.HasPrefix(rel, ".") {
			return "it lies in a hidden folder of your home"
		}
		homes := filepath.Dir(home)
		if !within(real, home) && filepath.Dir(homes) != homes && within(real, homes) {
			return "it lies in another person's home"
		}
	}
	for _, system := range systemFolders() {
		if within(real, system) {
			return "it is a folder of the system"
		}
	}
	for _, o := range own {
		o = realOr(o)
		if o != "" && (within(real, o) || within(o, real)) {
			return "it holds files of Gatehouse itself"
		}
	}
	if programs != "" && within(real, realOr(programs)) {
		return "Gatehouse's own programs lie there, which no skill may touch; move them to a folder of their own"
	}
	return ""
}

// within says whether path is folder or lies below it.
func within(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func realOr(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

func systemFolders() []string {
	switch runtime.GOOS {
	case "windows":
		return []string{os.Getenv("SystemRoot"), os.Getenv("ProgramFiles"), os.Getenv("ProgramData")}
	case "darwin":
		return []string{"/System", "/Library", "/Applications", "/bin", "/sbin", "/usr", "/etc", "/private/etc", "/dev"}
	}
	return []string{"/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr", "/var/lib", "/var/log", "/var/run"}
}
