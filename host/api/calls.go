package api

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/permissions"
)

type callInput struct {
	Body struct {
		Skill     string          `json:"skill" maxLength:"64"`
		Tool      string          `json:"tool" maxLength:"128"`
		Input     json.RawMessage `json:"input" doc:"the tool's input, a JSON value"`
		Workspace string          `json:"workspace,omitempty" maxLength:"4096"`

		Dry     bool              `json:"dry,omitempty" doc:"note everything that the skill asks for and do nothing of it; nobody is asked"`
		Answers map[string]answer `json:"answers,omitempty" maxProperties:"1000" doc:"with dry, the files that there are, by the guest's names, such as /workspace/a.txt, and what answers requests, by their addresses; without it every file is there and every request answered, and empty"`
	}
}

// CallResult is a finished call. Output is the skill's and hostile.
type CallResult struct {
	Call     string          `json:"call"`
	Output   json.RawMessage `json:"output"`
	Refusals []Refusal       `json:"refusals" doc:"what the skill was denied and did without"`
	Changes  []FileChange    `json:"changes" doc:"what the call did to files, in order"`
	Usage    Usage           `json:"usage"`
	Dry      *DryRun         `json:"dry,omitempty" doc:"what a dry run found"`
}

// Refusal is one thing that a call was denied.
type Refusal struct {
	Code     permissions.Code `json:"code"`
	Grant    string           `json:"grant"`
	Sentence string           `json:"sentence"`
}

// Usage is what a call took.
type Usage struct {
	RunningMs float64 `json:"runningMs" doc:"the guest's own time"`
	WaitingMs float64 `json:"waitingMs" doc:"while the person was asked"`
	Memory    uint64  `json:"memory" doc:"peak, in bytes"`
	Fuel      uint64  `json:"fuel,omitempty" doc:"how much the guest did; the same for the same input"`

	ThrottledMs float64 `json:"throttledMs,omitempty" doc:"while it rested to keep to its share of the processor"`
	Files       int     `json:"files,omitempty" doc:"how many files it had open at once"`
	Asked       uint64  `json:"asked,omitempty" doc:"how often it asked the host for something"`
	Wrote       uint64  `json:"wrote,omitempty" doc:"to its output and its errors, in bytes"`
	Interpreted string  `json:"interpreted,omitempty" doc:"why its code was interpreted, which is slow; absent where it was compiled"`
}

type callOutput struct{ Body CallResult }

// call runs one call for whoever the connection belongs to, and ends it when the request is withdrawn.
func (s *Server) call(ctx context.Context, in *callInput) (*callOutput, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Answers != nil && !in.Body.Dry {
		return nil, problem(&host.Error{Code: host.CodeInput, Message: "answers are for a dry run"})
	}
	result, err := s.Host.Call(ctx, host.Call{
		Skill: in.Body.Skill, Tool: in.Body.Tool, Input: in.Body.Input, Workspace: in.Body.Workspace,
		Client: who.Client, Session: who.Session, Dry: in.Body.Dry, Answers: contents(in.Body.Answers),
	})
	if err != nil {
		return nil, problem(err)
	}
	return &callOutput{ShowResult(result)}, nil
}

// ShowResult puts a result into the form that screens and `run --json` use.
func ShowResult(r host.Result) CallResult {
	out := CallResult{Call: r.Call, Output: r.Output, Refusals: []Refusal{}, Changes: showChanges(r.Changes), Dry: showDry(r.Dry), Usage: Usage{
		RunningMs: ms(r.Usage.Running), WaitingMs: ms(r.Usage.Waiting), Memory: r.Usage.Memory, Fuel: r.Usage.Fuel,
		ThrottledMs: ms(r.Usage.Throttled), Files: r.Usage.Files, Asked: r.Usage.Asked, Wrote: r.Usage.Wrote,
		Interpreted: r.Usage.Interpreted,
	}}
	for _, d := range r.Refusals {
		refusal := Refusal{Code: d.Code, Grant: d.Grant}
		if g, err := permissions.Parse(d.Grant); err == nil {
			refusal.Sentence = permissions.Sentence(g)
		}
		out.Refusals = append(out.Refusals, refusal)
	}
	return out
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (s *Server) cancelCall(_ context.Context, in *byID) (*struct{}, error) {
	return nil, notFound(s.Host.Cancel(in.ID), "this call has ended")
}

// CallSummary is one call with its steps, as Activity shows it. Skill, tool, client and workspace are hostile.
type CallSummary struct {
	ID        string    `json:"id"`
	Time      int64     `json:"time" doc:"Unix milliseconds"`
	Skill     string    `json:"skill"`
	Tool      string    `json:"tool"`
	Client    string    `json:"client"`
	Workspace string    `json:"workspace"`
	State     string    `json:"state" enum:"running,waiting,done,failed"`
	Code      host.Code `json:"code,omitempty"`
	Usage     CallUsage `json:"usage"`
	Refusals  int       `json:"refusals" doc:"how many requests of it were refused"`
	Dry       bool      `json:"dry,omitempty" doc:"it was only tried: nothing of what it asked for was done"`
	Steps     []Step    `json:"steps"`
	StepsLeft int       `json:"stepsLeft,omitempty" doc:"how many further steps only the record has"`
}

// CallUsage is what a recorded call took and moved, in bytes.
type CallUsage struct {
	Usage
	ReadBytes     int64 `json:"readBytes" doc:"from files"`
	WrittenBytes  int64 `json:"writtenBytes" doc:"to files"`
	SentBytes     int64 `json:"sentBytes" doc:"over the network"`
	ReceivedBytes int64 `json:"receivedBytes" doc:"over the network"`
	Requests      int   `json:"requests,omitempty" doc:"how many requests were sent"`
	InputBytes    int64 `json:"inputBytes" doc:"from the client"`
	OutputBytes   int64 `json:"outputBytes" doc:"to the client"`
}

// Step is one thing that happened in a call.
type Step struct {
	AfterMs  int64                `json:"afterMs"`
	Kind     string               `json:"kind" enum:"request,decision,write,undo,sent,result"`
	Sentence string               `json:"sentence"`
	Grant    string               `json:"grant"`
	Verdict  permissions.Verdict  `json:"verdict" enum:"allow,deny,"`
	Rule     string               `json:"rule"`
	Lifetime permissions.Lifetime `json:"lifetime,omitempty"`
	Code     permissions.Code     `json:"code,omitempty"`
	Bytes    int64                `json:"bytes,omitempty" doc:"what a write put into its file, or a request sent"`
	Received int64                `json:"received,omitempty" doc:"the bytes that came back for a request"`
	Status   int                  `json:"status,omitempty" doc:"that of the answer to a request; absent where there was none"`
	Address  string               `json:"address,omitempty" doc:"where a request went at last"`
	Count    int                  `json:"count,omitempty" doc:"for how many further refusals it stands; absent where it is one step"`
}

type callsInput struct {
	Wanted
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
	Before uint64 `query:"before" doc:"only calls that began before this line of the record; the next of the last answer"`
}

type callsOutput struct {
	Body struct {
		Calls []CallSummary `json:"calls"`
		Next  uint64        `json:"next" doc:"give it as before to read on; 0 where there is no more"`
	}
}

func (s *Server) listCalls(_ context.Context, in *callsInput) (*callsOutput, error) {
	calls, _, err := s.wanted(in.Wanted)
	if err != nil {
		return nil, err
	}
	out := &callsOutput{}
	out.Body.Calls = []CallSummary{}
	var last uint64
	for _, c := range slices.Backward(calls) {
		if in.Before > 0 && c.seq >= in.Before {
			continue
		}
		if len(out.Body.Calls) == in.Limit {
			out.Body.Next = last
			break
		}
		out.Body.Calls = append(out.Body.Calls, c.CallSummary)
		last = c.seq
	}
	return out, nil
}

// step is a line of a call as a step of it; false for a line that is none.
func step(began int64, line audit.Record) (Step, bool) {
	out := Step{AfterMs: millis(line.Time) - began, Kind: line.Kind, Grant: line.Grant, Verdict: line.Verdict,
		Rule: line.Rule, Lifetime: line.Lifetime, Code: line.Code, Count: line.Count}
	switch line.Kind {
	case audit.KindRequest, audit.KindDecision, audit.KindUndo:
	case audit.KindWrite:
		out.Bytes = line.WrittenBytes
	case audit.KindSent:
		out.Bytes, out.Received, out.Status, out.Code = line.SentBytes, line.ReceivedBytes, line.Status, permissions.Code(line.Outcome)
		if n := len(line.Addresses); n > 0 {
			out.Address = line.Addresses[n-1]
		}
	case audit.KindResult:
		out.Code = permissions.Code(line.Outcome)
	default:
		return out, false
	}
	if g, err := permissions.Parse(line.Grant); err == nil {
		out.Sentence = permissions.Sentence(g)
	}
	return out, true
}

// markRunning tells calls in flight, and those that wait for the person, from calls that a crash cut off.
func (s *Server) markRunning(calls []begun) {
	running := map[string]time.Time{}
	for _, r := range s.Host.Running() {
		running[r.ID] = r.Began
	}
	asked := map[string]time.Time{}
	for _, q := range s.Broker.Waiting() {
		asked[q.Call] = q.Asked
	}
	for i := range calls {
		c := &calls[i]
		began, inFlight := running[c.ID]
		if !inFlight {
			continue
		}
		c.State, c.Code = "running", ""
		c.Usage.RunningMs = ms(time.Since(began))
		if since, waits := asked[c.ID]; waits {
			c.State = "waiting"
			c.Usage.WaitingMs = ms(time.Since(since))
			c.Usage.RunningMs = max(0, c.Usage.RunningMs-c.Usage.WaitingMs)
		}
	}
}

type auditInput struct {
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
	Before uint64 `query:"before"`
	Call   string `query:"call" maxLength:"64" doc:"only lines of this call"`
}

type auditOutput struct {
	Body struct {
		Records []audit.Record `json:"records"`
	}
}

func (s *Server) listAudit(_ context.Context, in *auditInput) (*auditOutput, error) {
	lines, err := s.Audit.List(audit.Filter{Limit: in.Limit, Before: in.Before, Call: in.Call})
	if err != nil {
		return nil, problem(err)
	}
	out := &auditOutput{}
	out.Body.Records = lines
	if lines == nil {
		out.Body.Records = []audit.Record{}
	}
	return out, nil
}
