package skill

import (
	_ "embed"

	"gatehouse/permissions"
)

// Kind is what kind of guest a skill's wasm is.
type Kind string

// The kinds of guest.
const (
	Command   Kind = "command"
	Component Kind = "component"
	Extism    Kind = "extism"
)

// ManifestFile and TextFile are the names of a skill's two text files.
const (
	ManifestFile = "skill.json"
	TextFile     = "SKILL.md"
)

// Manifest says what a skill is, what it offers, and the most that it may ask for. It never grants anything.
type Manifest struct {
	ManifestVersion int    `json:"manifestVersion"`
	Name            string `json:"name"`
	// Version is Semantic Versioning; it is shown, and orders updates.
	Version     string `json:"version"`
	Description string `json:"description"`
	License     string `json:"license,omitempty"`
	Kind        Kind   `json:"kind"`
	// Wasm is the name of the code's file in the skill's folder.
	Wasm string `json:"wasm"`
	// Digest is that of the code, written by Pack; absent while a skill is in development.
	Digest Digest `json:"digest,omitempty"`
	Tools  []Tool `json:"tools,omitempty"`
	// Requires is confirmed before the first call; Optional may be asked for during one.
	Requires []Wish `json:"requires,omitempty"`
	Optional []Wish `json:"optional,omitempty"`
	Limits   Limits `json:"limits,omitzero"`
}

// Wish is one grant that a skill wants, and its reason in its own words.
type Wish struct {
	Grant permissions.Grant `json:"grant"`
	// Why is at most 120 characters; hostile text.
	Why string `json:"why"`
	// Match and NotMatch are examples that are tried against Grant when the manifest is read.
	Match    []permissions.Grant `json:"match,omitempty"`
	NotMatch []permissions.Grant `json:"notMatch,omitempty"`
}

//go:embed manifest.schema.json
var manifestSchema []byte

// Schema returns the JSON Schema of a manifest. It says all that a schema can; Parse says the rest.
func Schema() []byte { return manifestSchema }

// Tool returns the tool called name, and whether there is one.
func (m Manifest) Tool(name string) (Tool, bool) {
	for _, t := range m.Tools {
		if t.Name == name {
			return t, true
		}
	}
	return Tool{}, false
}
