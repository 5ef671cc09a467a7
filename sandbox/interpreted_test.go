package sandbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox"
)

const ret = 0x0f

// hard returns a module that is the same to a caller, and too hard to compile.
func hard(m guesttest.Module) []byte {
	m.Body = slices.Concat(m.Body, []byte{ret}, guesttest.Hard())
	return m.Bytes()
}

// Whatever is interpreted is held to the same limits.
func TestWhatIsTooHardToCompileIsInterpreted(t *testing.T) {
	self := []byte{guesttest.LocalGet, 0, guesttest.Const, 1, guesttest.Subtract, guesttest.Call, 1}
	for _, test := range []struct {
		name   string
		module guesttest.Module
		limits func(*sandbox.Limits)
		want   error
	}{
		{"a guest that ends", guesttest.Module{}, nil, nil},
		{"an endless loop", guesttest.Module{Body: []byte{guesttest.Loop, guesttest.Block, guesttest.Branch, 0, guesttest.End}},
			func(l *sandbox.Limits) { l.Time = 200 * time.Millisecond }, &sandbox.LimitError{Resource: sandbox.Time}},
		{"fuel", guesttest.Module{Body: []byte{guesttest.Loop, guesttest.Block, guesttest.Branch, 0, guesttest.End}},
			func(l *sandbox.Limits) { l.Fuel = 10_000 }, &sandbox.LimitError{Resource: sandbox.Fuel}},
		{"a tree of calls", guesttest.Module{Body: []byte{guesttest.Const, 60, guesttest.Call, 1},
			Second: slices.Concat([]byte{guesttest.LocalGet, 0, guesttest.If, guesttest.Block}, self, self, []byte{guesttest.End})},
			func(l *sandbox.Limits) { l.Time = 200 * time.Millisecond }, &sandbox.LimitError{Resource: sandbox.Time}},
		{"a recursion without end, by bytes", guesttest.Module{Body: []byte{guesttest.Const, 0, guesttest.Call, 1}, Second: self},
			func(l *sandbox.Limits) { l.Stack = 64 << 10 }, &sandbox.LimitError{Resource: sandbox.Stack}},
		{"a recursion without end, by its depth", guesttest.Module{Body: []byte{guesttest.Const, 0, guesttest.Call, 1}, Second: self},
			func(l *sandbox.Limits) { l.Stack = 1 << 30 }, &sandbox.LimitError{Resource: sandbox.Stack}},
	} {
		t.Run(test.name, func(t *testing.T) {
			guest := compile(t, hard(test.module))
			if !strings.Contains(guest.Interpreted(), "branches and blocks, more than 20000") {
				t.Fatalf("Interpreted() = %q; want why it is", guest.Interpreted())
			}
			c := sandbox.Call{Limits: generous}
			if test.limits != nil {
				test.limits(&c.Limits)
			}
			if _, err := guest.Run(t.Context(), c); !same(err, test.want) {
				t.Errorf("Run() = %v; want %v", err, test.want)
			}
		})
	}
}

func TestInterpretedCodeUsesAsMuchFuel(t *testing.T) {
	self := []byte{guesttest.LocalGet, 0, guesttest.Const, 1, guesttest.Subtract, guesttest.Call, 1}
	tree := guesttest.Module{Body: []byte{guesttest.Const, 10, guesttest.Call, 1},
		Second: slices.Concat([]byte{guesttest.LocalGet, 0, guesttest.If, guesttest.Block}, self, self, []byte{guesttest.End})}
	interpreted, err := compile(t, hard(tree)).Run(t.Context(), sandbox.Call{Limits: generous})
	if err != nil {
		t.Fatal(err)
	}
	tree.Body = append(tree.Body, ret)
	compiled, err := compile(t, tree.Bytes()).Run(t.Context(), sandbox.Call{Limits: generous})
	if err != nil || interpreted.Usage.Fuel != compiled.Usage.Fuel || compiled.Usage.Fuel == 0 {
		t.Errorf("compiled it used %d, interpreted %d, %v; want the same", compiled.Usage.Fuel, interpreted.Usage.Fuel, err)
	}
}

func TestWhatIsTooLargeToInterpretIsRefused(t *testing.T) {
	m := guesttest.Module{Body: slices.Repeat(guesttest.Hard(), 20)}
	r, err := sandbox.New(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	_, err = r.Compile(t.Context(), m.Bytes())
	var invalid *sandbox.InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(invalid.Reason, "too large to be interpreted") {
		t.Errorf("Compile() = %v; want a refusal that says why", err)
	}
}

// A cache that fails in the middle of a compilation, as a full disk does, is done without.
func TestACacheThatFails(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "cache")
	r, err := sandbox.New(t.Context(), sandbox.Options{Cache: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	m, err := r.Compile(t.Context(), guesttest.Module{}.Bytes())
	if err != nil {
		t.Fatalf("Compile() = %v; want it compiled", err)
	}
	if _, err := m.Run(t.Context(), sandbox.Call{Limits: generous}); err != nil {
		t.Error(err)
	}
}
