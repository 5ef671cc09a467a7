package host

import (
	"encoding/json"
	"time"

	"gatehouse/permissions"
	"gatehouse/worker"
)

// Call is one tool call as a door took it in. Client and Session are the door's findings about who is at the other
// end, never that one's own word.
type Call struct {
	Skill, Tool string
	// Input is a JSON value.
	Input json.RawMessage
	// Workspace is the folder that is proposed for the call; empty for none.
	Workspace string
	Client    string
	Session   string
	// Profile is the one that the client named for itself; empty for none.
	Profile string
	// Waiting is told whenever the call begins to wait for a person, and whenever it no longer does. It must not block; nil
	// is not told.
	Waiting func(bool)
	// Own, where it is not nil, is done in the place of a skill's tool, under its name in Tool; Skill may be empty then.
	Own Own
	// Dry has everything that the skill asks for noted and nothing of it done. Answers are then the files that there
	// are, by the guest's names: /workspace/a.txt, and what answers requests, by their addresses; nil has every file there
	// and every request answered, and empty.
	Dry     bool
	Answers map[string][]byte
}

// Result is what a finished call gives back.
type Result struct {
	Call string
	// Output is the tool's output, a JSON value.
	Output json.RawMessage
	// Refusals are what the skill was denied on the way and did without.
	Refusals []permissions.DeniedError
	// Changes are what the call did to files, in order.
	Changes []Change
	Usage   Usage
	// Dry is what a dry run found; nil for every other call.
	Dry *Dry
}

// Usage is what a call took.
type Usage struct {
	// Running is the guest's own time, Waiting the time a person was thinking.
	Running, Waiting time.Duration
	// Memory is the guest's peak in bytes, Fuel how much it did, the same for the same input.
	Memory, Fuel uint64
	// Read and Written are bytes of files, Sent and Received bytes over the network in so many Requests.
	Read, Written  int64
	Sent, Received int64
	Requests       int
	// Throttled is how long the guest rested to keep to its share of the processor, Files how many files it had open at
	// once, Asked how often it asked the host for something, Wrote what it wrote to output and errors in bytes.
	Throttled time.Duration
	Files     int
	Asked     uint64
	Wrote     uint64
	// Interpreted says why the code was interpreted; empty where it was compiled.
	Interpreted string
}

// usageOf is what the worker says of a call.
func usageOf(u worker.Usage) Usage {
	return Usage{
		Running: u.Running, Memory: u.Memory, Fuel: u.Fuel, Throttled: u.Throttled, Files: u.Files, Asked: u.Requests,
		Wrote: u.Output, Interpreted: u.Interpreted,
	}
}

// Running is a call that has not ended.
type Running struct {
	ID     string
	Call   Call
	Began  time.Time
	cancel func(cause error)
}
