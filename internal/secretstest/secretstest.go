// Package secretstest holds what every keeper of secrets must do: the keyring and the file.
package secretstest

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// Keeper is what is tested.
type Keeper interface {
	Get(name string) ([]byte, error)
	Set(name string, value []byte) error
	Remove(name string) error
}

// Run tests an empty keeper.
func Run(t *testing.T, k Keeper) {
	t.Run("a value that is not there is not found", func(t *testing.T) {
		if v, err := k.Get("none"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Get = %q, %v; want fs.ErrNotExist", v, err)
		}
		if err := k.Remove("none"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Remove = %v; want fs.ErrNotExist", err)
		}
	})
	for _, test := range []struct{ name, value string }{
		{"a key", "c2VlZA=="},
		{"several lines and signs", "a\nb \"c\" 'd' $e é\n"},
		{"the most that every system keeps", strings.Repeat("x", 2560)},
	} {
		t.Run(test.name+" comes back as it was", func(t *testing.T) {
			if err := k.Set("one", []byte(test.value)); err != nil {
				t.Fatal(err)
			}
			if v, err := k.Get("one"); err != nil || string(v) != test.value {
				t.Errorf("Get = %q, %v; want %q", v, err, test.value)
			}
		})
	}
	t.Run("the later value counts", func(t *testing.T) {
		for _, value := range []string{"first", "second"} {
			if err := k.Set("one", []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := k.Get("one"); err != nil || string(v) != "second" {
			t.Errorf("Get = %q, %v; want the second", v, err)
		}
	})
	t.Run("one name says nothing about another", func(t *testing.T) {
		if v, err := k.Get("other"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Get = %q, %v; want fs.ErrNotExist", v, err)
		}
	})
	t.Run("what is removed is gone", func(t *testing.T) {
		if err := k.Remove("one"); err != nil {
			t.Fatal(err)
		}
		if v, err := k.Get("one"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Get = %q, %v; want fs.ErrNotExist", v, err)
		}
	})
}
