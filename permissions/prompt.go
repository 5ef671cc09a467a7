package permissions

import "context"

// Prompt is one question as it is put to a person. It never changes after it was made: what is shown is what is
// answered. All sentences are ours; every field marked hostile holds text of a skill, a client or a file name, and is
// shown as quoted text with control characters made visible.
type Prompt struct {
	// ID names the question in the inbox; Nonce is new for every prompt and comes back with its answer.
	ID    string `json:"id"`
	Nonce string `json:"nonce"`
	// Call is the call that waits.
	Call string `json:"call"`
	// Verb and Name make the title: "Read" "payroll.csv". A rename has two names: "Rename" "a.txt" "to" "b.txt". Name
	// and Other are hostile.
	Verb  string `json:"verb"`
	Name  string `json:"name"`
	Link  string `json:"link,omitempty"`
	Other string `json:"other,omitempty"`
	// Subject is who wants it. Skill, Version and Client are hostile. A proposal may have a client alone.
	Subject Subject `json:"subject"`
	// Tool and Arguments are what the client called; hostile. Arguments is JSON, cut to 4 KiB.
	Tool      string `json:"tool"`
	Arguments string `json:"arguments"`
	// Object is what it is about; its Path and Name are hostile.
	Object Object `json:"object"`
	// Need is the exact grant wanted; empty for a start and for a proposal.
	Need string `json:"need,omitempty"`
	// Why is the skill's own reason; hostile.
	Why string `json:"why,omitempty"`
	// Lines are what a start or a proposal confirms, each with our sentence for it.
	Lines []PromptLine `json:"lines,omitempty"`
	// NewWorkspace is set where this question also confirms Subject.Workspace for the client.
	NewWorkspace bool `json:"newWorkspace,omitempty"`
	// Growth is set where the skill changed since it was approved.
	Growth *Growth `json:"growth,omitempty"`
	// Warnings are sentences of ours that are true now.
	Warnings []string `json:"warnings,omitempty"`
	// Seen says what the host has seen this client and workspace do in the last 24 hours, History what was decided
	// before about this; both are sentences of ours for the details.
	Seen    []string `json:"seen,omitempty"`
	History []string `json:"history,omitempty"`
	// Times is how many equal questions this one answer settles, at least 2; 0 for one alone.
	Times int `json:"times,omitempty"`
	// MayPick says that the person may pick another file instead, which is allowed for this call.
	MayPick bool `json:"mayPick,omitempty"`
	// Rungs is the ladder, narrowest first, empty for a proposal; Quick is what the plain allow button gives.
	Rungs []Rung `json:"rungs"`
	Quick Quick  `json:"quick"`
	// Denials are the lifetimes a refusal may have.
	Denials []Choice `json:"denials"`
	// Loss says what happens on a refusal: "If you deny, the skill gets an error; nothing is lost."
	Loss string `json:"loss"`
}

// PromptLine is one required line: the grant, our sentence for it, the skill's reason (hostile).
type PromptLine struct {
	Grant    string `json:"grant"`
	Sentence string `json:"sentence"`
	Why      string `json:"why"`
}

// Rung is one scope that may be allowed, with the exact rule that would be kept.
type Rung struct {
	Label  string `json:"label"`
	Detail string `json:"detail,omitempty"`
	Grant  string `json:"grant"`
	// Count is how many files a pattern names now, 0 where that is not known; Matches are some of their real paths,
	// hostile.
	Count   int      `json:"count,omitempty"`
	Matches []string `json:"matches,omitempty"`
	// Lifetimes are those this rung may have, shortest first; never Once.
	Lifetimes []Choice `json:"lifetimes"`
}

// Choice is one lifetime with its words.
type Choice struct {
	Lifetime Lifetime `json:"lifetime"`
	Label    string   `json:"label"`
	Detail   string   `json:"detail,omitempty"`
}

// Quick is the plain allow button: "Allow once", or "Allow" for a start.
type Quick struct {
	Label    string   `json:"label"`
	Rung     int      `json:"rung"`
	Lifetime Lifetime `json:"lifetime"`
}

// Answer is what the person chose. Prompt and Shown bind it to what was on screen.
type Answer struct {
	Nonce string `json:"nonce"`
	// Shown is the Prompt.Hash of what was displayed.
	Shown    string   `json:"shown"`
	Verdict  Verdict  `json:"verdict"`
	Rung     int      `json:"rung"`
	Lifetime Lifetime `json:"lifetime"`
	// Until is the Unix second at which the lifetime UntilDate ends; 0 for every other.
	Until int64 `json:"until,omitempty"`
	// Picked is the real path of the file that the person picked in the system's dialog instead; only with Allow.
	Picked string `json:"picked,omitempty"`
	// Stop says that, with Deny, every call of this skill ends now.
	Stop bool `json:"stop,omitempty"`

	// muted says that it is the broker's own, after too many dismissals.
	muted bool
}

// Prompter puts a prompt to a person. Its two implementers are host/api.Asker (the ask window) and the terminal of
// `gatehouse run --here`; both pass internal/promptertest.
type Prompter interface {
	// Ask blocks until the person answers p, or ctx ends: then it withdraws the question from the screen and returns
	// ctx's error. It returns ErrUnavailable at once where nobody can be asked. waiting is read whenever the count
	// of questions behind this one is shown. The broker calls Ask for one prompt at a time.
	Ask(ctx context.Context, p Prompt, waiting func() int) (Answer, error)
}

// Recorder writes down what happens. Record returns once the line is written; where it fails the answer is no.
// audit.Log implements it.
type Recorder interface {
	Record(ctx context.Context, e Event) error
}

// Event is one request or decision, as the record keeps it.
type Event struct {
	// Kind is "request" for every Check, "decision" for an answer by a person, "revoke" for one taken back, "lapse" for
	// one that nobody used or whose skill was updated, "carry" for one that an update took over, "restore" for one given
	// back.
	Kind    string  `json:"kind"`
	Call    string  `json:"call,omitempty"`
	Subject Subject `json:"subject"`
	Grant   string  `json:"grant"`
	Verdict Verdict `json:"verdict"`
	// Rule says which step or decision decided: "never", "undeclared", "required", a decision's ID, "asked".
	Rule     string   `json:"rule"`
	Lifetime Lifetime `json:"lifetime,omitempty"`
	// Code is the refusal's code; empty for an allow.
	Code Code `json:"code,omitempty"`
}
