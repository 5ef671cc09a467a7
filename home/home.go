// Package home knows where a person's Gatehouse is and how its processes find each other: the folders and their
// owner, the host's socket, the greeting and the peer's credentials, starting a host in a clean world, the display
// of the login session, and the connection that a child inherits. It does not know what is said on a connection,
// what the folders hold, or who is elected: whoever holds the lock of store's database listens.
//
// It is the keeper of godbus/dbus: the systemd user manager tells its environment only over D-Bus, whose wire
// format and authentication are not ours to write again.
package home

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
)

var (
	// ErrNotOurs is returned where a folder, a socket or a peer belongs to another user or is open to one. The error
	// that wraps it says which, and has a Hint.
	ErrNotOurs = errors.New("not this user's own")
	// ErrNoHost is returned by Dial where no host listens.
	ErrNoHost = errors.New("no host is running")
	// ErrProtocol is returned where the other end speaks another protocol than this program.
	ErrProtocol = errors.New("different protocol")
)

// Paths are the places of one Gatehouse, all absolute and real.
type Paths struct {
	// Root holds everything below, except a Socket whose path would be too long for the system.
	Root     string
	Database string
	Cache    string
	Skills   string
	Audit    string
	// Undo holds what calls replaced and removed, Drafts the copies that they write, Results what was too large for a
	// reply; none is for anybody else.
	Undo    string
	Drafts  string
	Results string
	Log     string
	Socket  string
}

// maxSocket is the longest socket path in bytes that every system takes.
const maxSocket = 100

// Find returns the places of the Gatehouse in dir, making its folders where they are missing. With dir empty it is
// $GATEHOUSE_HOME, else the system's custom: ~/.local/share/gatehouse, ~/Library/Application Support/Gatehouse or
// %LocalAppData%\Gatehouse. Home is the user database's, and $HOME only for a user whom it does not know; XDG
// variables do not count, since agents start us without them and both must find the same place. Start names the
// root on the host's command line, so a host never looks for itself.
//
// Every folder is this user's alone, else the error is ErrNotOurs. A folder that others may enter is closed to them
// while it is empty and refused when it is not.
func Find(dir string) (Paths, error) {
	root, err := rootFolder(dir)
	if err != nil {
		return Paths{}, err
	}
	if err := makePrivate(root); err != nil {
		return Paths{}, err
	}
	// Two names of one folder must come to the same socket.
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return Paths{}, fmt.Errorf("finding the real folder of %q: %w", root, err)
	}
	p := Paths{
		Root:     root,
		Database: filepath.Join(root, "gatehouse.db"),
		Cache:    filepath.Join(root, "cache"),
		Skills:   filepath.Join(root, "skills"),
		Audit:    filepath.Join(root, "audit"),
		Undo:     filepath.Join(root, "undo"),
		Drafts:   filepath.Join(root, "drafts"),
		Results:  filepath.Join(root, "results"),
		Log:      filepath.Join(root, "host.log"),
		Socket:   filepath.Join(root, "socket"),
	}
	if len(p.Socket) > maxSocket {
		p.Socket = shortSocket(root)
	}
	for _, folder := range []string{p.Root, p.Cache, p.Skills, p.Audit, p.Undo, p.Drafts, p.Results, filepath.Dir(p.Socket)} {
		if err := makePrivate(folder); err != nil {
			return Paths{}, err
		}
	}
	return p, nil
}

// Customary says whether root, as Find returned it, is the place that Find finds without being told.
func Customary(root string) bool {
	custom, err := customRoot()
	if err == nil {
		custom, err = filepath.EvalSymlinks(custom)
	}
	return err == nil && custom == root
}

func rootFolder(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("GATEHOUSE_HOME")
	}
	if dir == "" {
		return customRoot()
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the folder %q: %w", dir, err)
	}
	return root, nil
}

// shortSocket is where the socket of a root with a long path lies: a folder for this user and root in the fixed
// temporary folder. $TMPDIR does not count, the host's environment has none.
func shortSocket(root string) string {
	sum := sha256.Sum256([]byte(root))
	name := fmt.Sprintf("gatehouse-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:8]))
	return filepath.Join(temporary(), name, "s")
}

// person returns the user's login name and home folder from the user database; for a user whom it does not know,
// as on a machine with a directory service, from $USER and $HOME.
func person() (name, folder string, err error) {
	name, folder = os.Getenv("USER"), ""
	if u, err := user.Current(); err == nil {
		name, folder = u.Username, u.HomeDir
	}
	if folder == "" {
		folder, _ = os.UserHomeDir()
	}
	if !filepath.IsAbs(folder) {
		return "", "", &plainError{
			sentence: "Your user has no home folder, so there is no place for Gatehouse's data",
			hint:     "set GATEHOUSE_HOME to a folder of your own",
		}
	}
	return name, folder, nil
}

// plainError is one sentence for a person, with a hint where there is one.
type plainError struct {
	sentence, hint string
	kind           error
}

func (e *plainError) Error() string { return e.sentence }
func (e *plainError) Unwrap() error { return e.kind }

// Hint says what the person can do.
func (e *plainError) Hint() string { return e.hint }
