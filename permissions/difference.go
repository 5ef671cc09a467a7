package permissions

// Difference is what a write would change, as the host made it from the copy that the guest wrote: the guest's word is
// not in it. A prompt shows it before anything is replaced.
type Difference struct {
	// Before and After are the sizes in bytes; Before is 0 for a new file.
	Before int64 `json:"before"`
	After  int64 `json:"after"`
	// Added and Removed count lines. Binary says that there are no lines to show, Cut that Hunks do not hold all.
	Added   int    `json:"added"`
	Removed int    `json:"removed"`
	Binary  bool   `json:"binary,omitempty"`
	Cut     bool   `json:"cut,omitempty"`
	Hunks   []Hunk `json:"hunks,omitempty"`
}

// Hunk is one run of changed lines with a few around it. Old and New are the numbers of its first lines, from 1.
type Hunk struct {
	Old   int        `json:"old"`
	New   int        `json:"new"`
	Lines []DiffLine `json:"lines"`
}

// DiffLine is one line without its end. Text is hostile.
type DiffLine struct {
	Kind LineKind `json:"kind" enum:"same,added,removed"`
	Text string   `json:"text"`
}

// LineKind says what happens to a line.
type LineKind string

// The kinds of line.
const (
	SameLine    LineKind = "same"
	AddedLine   LineKind = "added"
	RemovedLine LineKind = "removed"
)
