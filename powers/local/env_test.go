package local_test

import (
	"errors"
	"slices"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
)

func TestEnvAsksForEachName(t *testing.T) {
	variables := map[string]string{"LANG": "C.UTF-8", "AWS_SECRET": "hidden"}
	lookup := func(name string) (string, bool) { value, ok := variables[name]; return value, ok }
	j := granting(t, "env:LANG", "env:TZ")
	env := local.NewEnv(j, lookup)
	if value, ok, err := env.Lookup(t.Context(), "LANG"); value != "C.UTF-8" || !ok || err != nil {
		t.Errorf("Lookup(LANG) = %q, %v, %v; want C.UTF-8", value, ok, err)
	}
	if value, ok, err := env.Lookup(t.Context(), "TZ"); value != "" || ok || err != nil {
		t.Errorf("Lookup(TZ) = %q, %v, %v; want none", value, ok, err)
	}
	if value, ok, err := env.Lookup(t.Context(), "AWS_SECRET"); value != "" || ok || !errors.Is(err, permissions.ErrDenied) {
		t.Errorf("Lookup(AWS_SECRET) = %q, %v, %v; want %v", value, ok, err, permissions.ErrDenied)
	}
	for _, name := range []string{"", "A=B", "A\x00B", "*", "1A", "LANG:x"} {
		if _, _, err := env.Lookup(t.Context(), name); !errors.Is(err, powers.ErrName) {
			t.Errorf("Lookup(%q) = %v; want %v", name, err, powers.ErrName)
		}
	}
	if want := []string{"env:AWS_SECRET"}; !slices.Equal(j.questions(), want) {
		t.Errorf("asked %q; want %q", j.questions(), want)
	}
}
