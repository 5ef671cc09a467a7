package permissions

import "encoding/json"

// Key returns whom a decision for s serves. Version and Session are not part of it: a version is only shown, and a
// session is compared for the lifetime Session alone. Where nobody signed, the place that the skill came from stands in
// for the signer.
func (s Subject) Key() Key {
	return Key{
		Origin: s.origin(),
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

// origin is where s came from as far as that tells it from another: a verified signer signs wherever the skill lies.
func (s Subject) origin() string {
	if s.verified() {
		return ""
	}
	return s.Origin
}

// verified says whether the host found out who vouches for the skill.
func (s Subject) verified() bool { return s.Signer != "" && s.Signer != unsigned }

// unsigned is the Signer of a skill that nobody vouches for.
const unsigned = "unsigned"
