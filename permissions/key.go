package permissions

import "encoding/json"

// Key returns whom a decision for s serves. Version and Session are not part of it: a version is only shown, and a
// session is compared for the lifetime Session alone.
func (s Subject) Key() Key {
	return Key{
		Signer: s.Signer, Skill: s.Skill, Digest: s.Digest, Capabilities: s.Capabilities,
		Client: s.Client, Chain: chain(s.Chain), Workspace: s.Workspace,
	}
}

// WorkspaceKey returns the key under which a confirmed workspace is kept.
func (s Subject) WorkspaceKey() Key { return Key{Client: s.Client, Workspace: s.Workspace} }

// chain spells the callers so that no two chains look alike, whatever the names are.
func chain(skills []string) string {
	if len(skills) == 0 {
		return ""
	}
	text, _ := json.Marshal(skills) // a list of strings always marshals
	return string(text)
}
