// Package secrets keeps values that must not lie about in plain files: in the keyring of the person's desktop, or where
// none can be reached in a file that only they may read. It does not know what the values are for.
//
// It is the keeper of go-keyring: one call for the Secret Service, the macOS keychain and the Windows credential store,
// without cgo.
package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

var (
	// ErrNotFound is returned, wrapped, by Get and Remove where there is no value of that name. It is an
	// fs.ErrNotExist.
	ErrNotFound = fmt.Errorf("no such secret: %w", fs.ErrNotExist)
	// ErrUnavailable is returned, wrapped, where the keyring does not answer or will not.
	ErrUnavailable = errors.New("the keyring cannot be reached")
)

// patience is how long a keyring may take. The Secret Service waits for ever for a person who does not unlock it.
const patience = 5 * time.Second

// Keyring is the keyring of the desktop that this process belongs to. Service is whose values they are, as the person
// sees it in their keyring's own window. Its methods block for five seconds at most and may be called from any goroutine.
type Keyring struct{ Service string }

// Get returns the value of name; ErrNotFound where there is none, and ErrUnavailable where nobody can tell.
func (k Keyring) Get(name string) ([]byte, error) {
	return k.patiently("reading", name, func() (string, error) { return keyring.Get(k.Service, name) })
}

// Set keeps value, which is text, in the place of another one. ErrUnavailable where it could not.
func (k Keyring) Set(name string, value []byte) error {
	_, err := k.patiently("keeping", name, func() (string, error) { return "", keyring.Set(k.Service, name, string(value)) })
	return err
}

// Remove takes a value away; ErrNotFound where there is none, and ErrUnavailable where it could not.
func (k Keyring) Remove(name string) error {
	_, err := k.patiently("removing", name, func() (string, error) { return "", keyring.Delete(k.Service, name) })
	return err
}

// patiently waits for do, but not longer than patience: it then goes on alone, and what it comes to is nobody's.
func (k Keyring) patiently(doing, name string, do func() (string, error)) ([]byte, error) {
	if err := reachable(); err != nil {
		return nil, fmt.Errorf("%s %q: %w: %w", doing, name, ErrUnavailable, err)
	}
	type outcome struct {
		value string
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := do()
		done <- outcome{value, err}
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case o := <-done:
		switch {
		case errors.Is(o.err, keyring.ErrNotFound):
			return nil, fmt.Errorf("%s %q: %w", doing, name, ErrNotFound)
		case o.err != nil:
			return nil, fmt.Errorf("%s %q: %w: %w", doing, name, ErrUnavailable, o.err)
		}
		return []byte(o.value), nil
	case <-late.C:
		return nil, fmt.Errorf("%s %q: %w: no answer within %s; it may wait to be unlocked", doing, name, ErrUnavailable, patience)
	}
}

// reachable says where there is no keyring at all. Without a bus, the library would start one of its own.
func reachable() error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return nil
	}
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Geteuid())); err != nil {
		return errors.New("there is no session bus")
	}
	return nil
}
