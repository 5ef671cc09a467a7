package audit

import (
	"time"

	"gatehouse/permissions"
)

// The kinds of line.
const (
	// KindCall is written before a call runs, KindResult when it has ended: a call without a result was cut off.
	KindCall   = "call"
	KindResult = "result"
	// KindRequest is a guest wanting something, KindDecision a person's answer, KindRevoke an answer taken back.
	KindRequest  = "request"
	KindDecision = "decision"
	KindRevoke   = "revoke"
	// KindLapse is an answer that ended because nobody used it for 60 days or its skill was updated, KindCarry one that an
	// update took over.
	KindLapse = "lapse"
	KindCarry = "carry"
	// KindWrite is a file replaced, made or removed for a call, KindUndo such a change taken back by the person.
	KindWrite = "write"
	KindUndo  = "undo"
	// KindSent is a request that a call sent, once it has ended.
	KindSent = "sent"
	// KindRestore is a decision given back, KindRule a rule of the person's own that changed, KindPause everything
	// paused or let go on.
	KindRestore = "restore"
	KindRule    = "rule"
	KindPause   = "pause"
	// KindClient is a program connected or taken away, or what it may see changed.
	KindClient = "client"
	// KindTorn says that the record ended in the middle of a line when it was opened, as after a crash.
	KindTorn = "torn"
	// KindSeal holds the digest of a part that was written before lines were chained, KindRemoved what the oldest parts
	// were that had to make room.
	KindSeal    = "seal"
	KindRemoved = "removed"
	// KindKey says which key signs from here on, or that there is none now. KindBroken says that the record did not fit
	// its signed head when it was opened.
	KindKey    = "key"
	KindBroken = "broken"
)

// Record is one line of the record. It holds digests and sizes of what went in and out and never the content.
type Record struct {
	// Seq counts the lines from 1; Time is when the line was written.
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	Kind string    `json:"kind" enum:"call,result,request,decision,revoke,lapse,carry,write,undo,sent,restore,rule,pause,client,torn,seal,removed,key,broken"`
	// Prev is the hexadecimal SHA-256 of the line before, without its newline; empty in the first line of all.
	Prev string `json:"prev"`
	// Count is how many equal refusals this line stands for, those that have lines of their own not among them; 0 for
	// a line that stands for itself. Where they were not of one call, Call is empty; where they were not about one
	// grant, Grant is.
	Count int `json:"count,omitempty"`
	// Call is the call's ID; empty for what belongs to none.
	Call    string              `json:"call,omitempty"`
	Subject permissions.Subject `json:"subject"`

	// Grant to Code belong to requests and decisions, as in permissions.Event.
	Grant    string               `json:"grant,omitempty"`
	Verdict  permissions.Verdict  `json:"verdict,omitempty"`
	Rule     string               `json:"rule,omitempty"`
	Lifetime permissions.Lifetime `json:"lifetime,omitempty"`
	Code     permissions.Code     `json:"code,omitempty"`

	// Tool and Input belong to calls and results, the others to results. Outcome is the error's code, empty for fine.
	Tool         string  `json:"tool,omitempty"`
	InputDigest  string  `json:"inputDigest,omitempty"`
	InputBytes   int64   `json:"inputBytes,omitempty"`
	Outcome      string  `json:"outcome,omitempty"`
	OutputDigest string  `json:"outputDigest,omitempty"`
	OutputBytes  int64   `json:"outputBytes,omitempty"`
	RunningMs    float64 `json:"runningMs,omitempty"`
	WaitingMs    float64 `json:"waitingMs,omitempty"`
	// Memory is the guest's peak in bytes, Fuel how much it did.
	Memory uint64 `json:"memory,omitempty"`
	Fuel   uint64 `json:"fuel,omitempty"`
	// ThrottledMs is how long it rested to keep to its share of the processor, Files how many files it had open at once,
	// Asked how often it asked the host for something, Wrote what it wrote to its output and its errors, in bytes.
	ThrottledMs float64 `json:"throttledMs,omitempty"`
	Files       int     `json:"files,omitempty"`
	Asked       uint64  `json:"asked,omitempty"`
	Wrote       uint64  `json:"wrote,omitempty"`
	// Interpreted says why the code was interpreted and not compiled.
	Interpreted string `json:"interpreted,omitempty"`
	// ReadBytes and WrittenBytes are what a call read from and wrote to files; they belong to results and writes.
	ReadBytes    int64 `json:"readBytes,omitempty"`
	WrittenBytes int64 `json:"writtenBytes,omitempty"`
	// SentBytes and ReceivedBytes are what left and came over the network: first lines, header lines and bodies, without
	// what encrypts them; they belong to results and to sent requests, Requests, how many were sent, to results.
	SentBytes     int64 `json:"sentBytes,omitempty"`
	ReceivedBytes int64 `json:"receivedBytes,omitempty"`
	Requests      int   `json:"requests,omitempty"`
	// Status to Addresses belong to sent requests: the answer's status, the digest of the query, and where it went. Input is
	// the request's body then, Output the answer's as far as the skill read it, and Outcome why it did not end well.
	Status      int      `json:"status,omitempty"`
	QueryDigest string   `json:"queryDigest,omitempty"`
	Addresses   []string `json:"addresses,omitempty"`
	// Dry is set on both lines of a call that was only tried: nothing of what it asked for was done.
	Dry bool `json:"dry,omitempty"`
	// Refusals is how many different things a call was denied; it belongs to results.
	Refusals int `json:"refusals,omitempty"`

	// Span is what lines about the record itself speak of: a sealed part, removed parts, lines that are gone.
	Span *Span `json:"span,omitempty"`
	// Key is the public key that signs from here on, in hexadecimal; its line's Outcome says where it is kept.
	Key string `json:"key,omitempty"`
}

// Span is a stretch of the record.
type Span struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	// Hash is that of line Last, Digest the hexadecimal SHA-256 of the whole part; each empty where it says nothing.
	Hash   string `json:"hash,omitempty"`
	Digest string `json:"digest,omitempty"`
}

// durable are the kinds that are on disk before Append returns; the others are with the system, which a crash of this
// program does not lose.
var durable = map[string]bool{
	KindDecision: true, KindRevoke: true, KindLapse: true, KindCarry: true, KindWrite: true, KindUndo: true, KindRestore: true, KindRule: true,
	KindPause: true, KindTorn: true, KindSeal: true, KindRemoved: true, KindKey: true, KindBroken: true,
}
