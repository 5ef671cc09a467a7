package local_test

import (
	"context"
	"errors"
	"os"
	"reflect"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

// undone are the powers that nothing here does yet: a call has a nil there, which adapters answer as a refusal.
var undone = map[string]bool{"Secrets": true, "Values": true, "Calls": true}

// arguments are what an honest guest hands to a method, by type: each of them is tried.
func arguments(power string) map[reflect.Type][]any {
	names := map[string][]any{"Files": {"/workspace/notes.md", "/workspace/docs/env", "/workspace/docs"}, "Env": {"LANG", "PATH"}}
	return map[reflect.Type][]any{
		reflect.TypeFor[string](): names[power],
		reflect.TypeFor[bool]():   {true},
		reflect.TypeFor[powers.Open](): {
			powers.Open{Path: "/workspace/notes.md", Read: true}, powers.Open{Path: "/workspace/docs", Folder: true},
			powers.Open{Path: "/workspace/new", Write: true, Create: true}, powers.Open{Path: "/workspace/notes.md", Write: true, Append: true},
		},
		reflect.TypeFor[powers.Change](): {
			powers.Change{Operation: powers.MakeFolder, Path: "/workspace/new"}, powers.Change{Operation: powers.RemoveFile, Path: "/workspace/notes.md"},
			powers.Change{Operation: powers.RemoveFolder, Path: "/workspace/docs"}, powers.Change{Operation: powers.Rename, Path: "/workspace/notes.md", To: "/workspace/new"},
			powers.Change{Operation: powers.Touch, Path: "/workspace/notes.md"}, powers.Change{Operation: powers.Truncate, Path: "/workspace/notes.md"},
			powers.Change{Operation: powers.MakeLink, Path: "/workspace/new", To: "notes.md"},
		},
		reflect.TypeFor[powers.Request](): {
			powers.Request{Method: "GET", URL: "https://example.com/"}, powers.Request{Method: "POST", URL: "http://127.0.0.1:8000/"},
		},
	}
}

// Every method of every power in powers.Set is called, with a Checker that is not there. Each refuses; a power that is
// added fails here until somebody says how it is made.
func TestEveryPowerRefusesByDefault(t *testing.T) {
	h := newHouse(t)
	files, err := local.NewFiles(local.FilesOptions{Workspace: h.workspace, OpenFiles: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	http := local.NewHTTP(local.HTTPOptions{Requests: 100, Payload: 1 << 20})
	made := reflect.ValueOf(powers.Set{Files: files, Env: local.NewEnv(nil, os.LookupEnv), HTTP: http})
	called := 0
	for i := range made.NumField() {
		name, power := made.Type().Field(i).Name, made.Field(i)
		if power.IsNil() != undone[name] {
			t.Errorf("the power %s is made: %v; say how it is made here, or why it is not", name, !power.IsNil())
		}
		if power.IsNil() {
			continue
		}
		for m := range power.Type().NumMethod() { // those of the interface
			method := power.Type().Method(m)
			for _, args := range combinations(t, name, method.Type) {
				called++
				if err := refusedBy(t, power.Method(m), args); !errors.Is(err, permissions.ErrDenied) {
					t.Errorf("%s.%s(%+v) = %v; want a refusal", name, method.Name, args[1:], err)
				}
			}
		}
	}
	if called < 15 {
		t.Errorf("only %d calls were tried", called)
	}
	if got := content(t, h.ws("notes.md")); got != "the notes" {
		t.Errorf("the notes are %q now", got)
	}
}

// refusedBy is the error of a method, or of the exchange that it began: beginning one asks nobody.
func refusedBy(t *testing.T, method reflect.Value, args []reflect.Value) error {
	t.Helper()
	results := method.Call(args)
	err, _ := results[len(results)-1].Interface().(error)
	if exchange, began := results[0].Interface().(powers.Exchange); began && err == nil {
		defer exchange.Close(t.Context())
		_, err = exchange.Response(t.Context())
	}
	return err
}

// combinations are the arguments of a method, each with all that its type may be.
func combinations(t *testing.T, power string, method reflect.Type) [][]reflect.Value {
	t.Helper()
	all := [][]reflect.Value{{}}
	for i := range method.NumIn() {
		values := arguments(power)[method.In(i)]
		if method.In(i) == reflect.TypeFor[context.Context]() {
			values = []any{t.Context()}
		}
		if values == nil {
			t.Fatalf("a method takes a %v: say what an honest guest hands over", method.In(i))
		}
		var longer [][]reflect.Value
		for _, args := range all {
			for _, v := range values {
				longer = append(longer, append(args[:len(args):len(args)], reflect.ValueOf(v)))
			}
		}
		all = longer
	}
	return all
}
