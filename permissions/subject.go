package permissions

// Subject is on whose behalf something is asked: a skill at one digest, for one client, in one workspace, with the
// chain of skills that called it. The host makes it once a call; nothing in it is the guest's word.
type Subject struct {
	// Skill is the skill's name, Version its manifest's, shown and never compared.
	Skill   string `json:"skill"`
	Version string `json:"version,omitempty"`
	// Signer is who signed the skill as the host verified it, "built in", or "unsigned".
	Signer string `json:"signer"`
	// Origin says where the host got an unsigned skill from: a folder, a file, a registry's reference.
	Origin string `json:"origin,omitempty"`
	// Digest is the sha256 of the wasm; empty while a skill is in development.
	Digest string `json:"digest"`
	// Capabilities is the hash of everything the manifest asks for.
	Capabilities string `json:"capabilities"`
	// Client is the host's name for the client: "terminal", "playground", or the one its token was made for.
	Client string `json:"client"`
	// Session tells one connection, or one login of the person's terminal, from another.
	Session string `json:"session"`
	// Profile is the one that the client named for itself, beside its own. It only narrows, and is no part of the key.
	Profile string `json:"profile,omitempty"`
	// Workspace is the real path of the confirmed folder; empty where there is none.
	Workspace string `json:"workspace,omitempty"`
	// Chain names the skills that called this one, the first caller first.
	Chain []string `json:"chain,omitempty"`
}

// Key is whom a kept decision serves. Two subjects with one key may use each other's answers; with anything
// different they may not.
type Key struct {
	Signer string `json:"signer"`
	// Origin stands in for the signer where nobody signed.
	Origin       string `json:"origin,omitempty"`
	Skill        string `json:"skill"`
	Digest       string `json:"digest"`
	Capabilities string `json:"capabilities"`
	Client       string `json:"client"`
	Chain        string `json:"chain"`
	Workspace    string `json:"workspace"`
}

// Capabilities is what a manifest asks for: the lines confirmed before the first call, and the lines that may be
// asked for during one. Together they are a ceiling and never a grant.
type Capabilities struct {
	Requires []Line `json:"requires"`
	Optional []Line `json:"optional"`
	// Raised are the limits above what every skill has; they are confirmed together with Requires.
	Raised []Limit `json:"raised,omitempty"`
	// Limits are all that hold, and Tools what it offers to agents; an update is held against them.
	Limits []Limit `json:"limits,omitempty"`
	Tools  []Tool  `json:"tools,omitempty"`
}

// Limit is one limit in a manifest's words: "memory", "1GiB" instead of the "128MiB" that is usual. Amount is Value as
// a number.
type Limit struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Usual  string `json:"usual,omitempty"`
	Amount uint64 `json:"amount,omitempty"`
}

// Tool is one tool as agents see it; Name and Description are hostile. Digest is that of everything else about it.
type Tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Digest      string `json:"digest"`
}

// Line is one line of a manifest: a grant and the skill's own words for wanting it.
type Line struct {
	Grant Grant  `json:"grant"`
	Why   string `json:"why"`
}

// Need is the exact object wanted now.
type Need struct {
	// Grant names the object without a wildcard; a path in the workspace begins with ${workspace}.
	Grant Grant
	// Object is what the host found there, for the person to see.
	Object Object
	// Picked says that the person picked this very object in the system's file dialog. Only the broker may set it, for an
	// answer of ask: it opens a file that holds credentials, for reading.
	Picked bool
	// Pickable says that the person may pick another file instead: the host can put that one, for reading, in the place
	// of what Grant names. See Guard.Picked.
	Pickable bool
}

// Operation is what a write does, in the words of records and screens.
type Operation string

// The operations. Any of them needs fs:write on the object that it is about.
const (
	WriteContent Operation = "write"
	Create       Operation = "create" // a file
	MakeFolder   Operation = "make folder"
	MakeLink     Operation = "make link" // to Object.Other
	Remove       Operation = "remove"
	Rename       Operation = "rename"  // to Object.Other
	Receive      Operation = "receive" // the name of Object.Other's file is changed to this one
	Touch        Operation = "touch"   // its times are set
	Truncate     Operation = "truncate"
	// Look does nothing: it is for asking Granted whether some operation is allowed.
	Look Operation = "look"
)

// covers says whether a yes to o is one to p: who may write a file may cut and touch it, and who may make one may
// write it.
func (o Operation) covers(p Operation) bool {
	switch p {
	case Look:
		return true
	case WriteContent:
		return o == WriteContent || o == Create
	case Touch, Truncate:
		return o == p || o == WriteContent || o == Create
	}
	return o == p
}

// Object describes what a need is about, as the host saw it when it pinned the object. Path, Name and Other are
// hostile text.
type Object struct {
	// Identity tells the object from every other that has or gets its name, for as long as it exists. It is empty for
	// what does not exist yet, and never shown.
	Identity string `json:"-"`
	// Path is the object's real path on this machine.
	Path string `json:"path,omitempty"`
	Name string `json:"name,omitempty"`
	// Size in bytes, Modified in Unix seconds; both zero where they say nothing.
	Size     int64 `json:"size,omitempty"`
	Modified int64 `json:"modified,omitempty"`
	Folder   bool  `json:"folder,omitempty"`
	// Operation says what a write does, or is Look; empty for every other right. Other is the real path of a rename's
	// other end, or of what a link is to lead to.
	Operation Operation `json:"operation,omitempty"`
	Other     string    `json:"other,omitempty"`
	// New is true where the object does not exist yet.
	New bool `json:"new,omitempty"`
	// Difference is what a write would change; nil where nothing can be shown before it happens.
	Difference *Difference `json:"difference,omitempty"`
	// Request is what would be sent; nil for everything but a request.
	Request *Outgoing `json:"request,omitempty"`
	// Unseen is true for a write whose content cannot be shown before it happens.
	Unseen bool `json:"unseen,omitempty"`
	// Final is true for a change that cannot be taken back.
	Final bool `json:"final,omitempty"`
	// Count is how many objects a question for a folder stands for now; 0 where it is not known.
	Count int `json:"count,omitempty"`
}
