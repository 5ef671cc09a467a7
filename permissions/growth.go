package permissions

// Growth is the difference between what the person approved of a skill and what is installed now. A start that follows
// an update shows it in the one prompt that asks again.
type Growth struct {
	// From is the version that was approved, hostile text; Older says that the one now is a lower one.
	From  string `json:"from"`
	Older bool   `json:"older,omitempty"`
	// Changes are in the order in which they matter: what widens first.
	Changes []Change `json:"changes"`
}

// Change is one difference. Sentence is ours; Before and After are the manifest's words and hostile, and empty where
// the sentence says it all.
type Change struct {
	Kind     ChangeKind `json:"kind" enum:"more,less,other"`
	Sentence string     `json:"sentence"`
	Before   string     `json:"before,omitempty"`
	After    string     `json:"after,omitempty"`
}

// ChangeKind says whether a change widens, narrows, or is neither.
type ChangeKind string

// The kinds of change.
const (
	More  ChangeKind = "more"
	Less  ChangeKind = "less"
	Other ChangeKind = "other"
)
