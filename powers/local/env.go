package local

import (
	"context"

	"gatehouse/permissions"
	"gatehouse/powers"
)

// Env answers for environment variables one by one. It implements powers.Env.
type Env struct {
	checker Checker
	lookup  func(string) (string, bool)
}

// NewEnv returns an Env that takes values from lookup once checker has allowed the name. A nil checker refuses every
// name; a nil lookup has none.
func NewEnv(checker Checker, lookup func(string) (string, bool)) *Env {
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	return &Env{checker: checked(checker), lookup: lookup}
}

// Lookup asks for env:name and returns its value. A name that no variable can have is powers.ErrName.
func (e *Env) Lookup(ctx context.Context, name string) (string, bool, error) {
	grant := permissions.EnvGrant(name)
	if grant == (permissions.Grant{}) {
		return "", false, powers.ErrName
	}
	if err := e.checker.Check(ctx, permissions.Need{Grant: grant, Object: permissions.Object{Name: name}}); err != nil {
		return "", false, err
	}
	value, ok := e.lookup(name)
	return value, ok, nil
}
