package skill

import (
	"bytes"
	"encoding/json"
	"fmt"

	"gatehouse/permissions"

	"github.com/gowebpki/jcs"
)

// Canonical returns the one JSON form of v that everybody hashes: RFC 8785. Numbers beyond a double's precision are
// written as the nearest double.
func Canonical(v any) ([]byte, error) {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("writing canonical JSON: %w", err)
	}
	canonical, err := jcs.Transform(plain.Bytes())
	if err != nil {
		return nil, fmt.Errorf("writing canonical JSON: %w", err)
	}
	return canonical, nil
}

// Capabilities returns what the manifest asks for and offers, as the broker takes it.
func (m Manifest) Capabilities() permissions.Capabilities {
	c := permissions.Capabilities{
		Requires: lines(m.Requires), Optional: lines(m.Optional), Raised: m.Limits.Raised(), Limits: m.Limits.holding(),
	}
	for _, t := range m.Tools {
		described := permissions.Tool{Name: t.Name, Description: t.Description}
		t.Description = ""
		described.Digest = string(DigestOf(mustCanonical(t)))
		c.Tools = append(c.Tools, described)
	}
	return c
}

func lines(wishes []Wish) []permissions.Line {
	lines := make([]permissions.Line, len(wishes))
	for i, w := range wishes {
		lines[i] = permissions.Line{Grant: w.Grant, Why: w.Why}
	}
	return lines
}

// CapabilitiesHash is the digest of everything that a kept decision relies on: the lines a person saw, the limits,
// and each tool as agents see it. Any change of it means asking again. It panics for a Manifest that neither Parse nor
// LoadWasm made and that JSON cannot hold.
func (m Manifest) CapabilitiesHash() Digest {
	return DigestOf(mustCanonical(map[string]any{
		"requires": m.Requires, "optional": m.Optional, "limits": m.Limits.Filled(), "tools": m.Tools,
	}))
}

func mustCanonical(v any) []byte {
	canonical, err := Canonical(v)
	if err != nil {
		panic(err)
	}
	return canonical
}
