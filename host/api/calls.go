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
	}
}

// CallResult is a finished call. Output is the skill's and hostile.
type CallResult struct {
	Call     string          `json:"call"`
	Output   json.RawMessage `json:"output"`
	Refusals []Refusal       `json:"refusals" doc:"what the skill was denied and did without"`
	Usage    Usage           `json:"usage"`
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
}

type callOutput struct{ Body CallResult }

// call runs one call for whoever the connection belongs to, and ends it when the request is withdrawn.
func (s *Server) call(ctx context.Context, in *callInput) (*callOutput, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	result, err := s.Host.Call(ctx, host.Call{
		Skill: in.Body.Skill, Tool: in.Body.Tool, Input: in.Body.Input, Workspace: in.Body.Workspace,
		Client: who.Client, Session: who.Session,
	})
	if err != nil {
		return nil, problem(err)
	}
	return &callOutput{ShowResult(result)}, nil
}

// ShowResult puts a result into the form that screens and `run --json` use.
func ShowResult(r host.Result) CallResult {
	out := CallResult{Call: r.Call, Output: r.Output, Refusals: []Refusal{}, Usage: Usage{
		RunningMs: ms(r.Usage.Running), WaitingMs: ms(r.Usage.Waiting), Memory: r.Usage.Memory}}
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

// CallSummary is one call with its steps, as Activity shows it.
type CallSummary struct {
	ID        string    `json:"id"`
	Time      int64     `json:"time" doc:"Unix milliseconds"`
	Skill     string    `json:"skill"`
	Tool      string    `json:"tool"`
	Client    string    `json:"client"`
	Workspace string    `json:"workspace"`
	State     string    `json:"state" enum:"running,waiting,done,failed"`
	Code      host.Code `json:"code,omitempty"`
	RunningMs float64   `json:"runningMs"`
	WaitingMs float64   `json:"waitingMs"`
	Memory    uint64    `json:"memory"`
	Steps     []Step    `json:"steps"`
}

// Step is one thing that happened in a call.
type Step struct {
	AfterMs  int64                `json:"afterMs"`
	Kind     string               `json:"kind" enum:"request,decision,result"`
	Sentence string               `json:"sentence"`
	Grant    string               `json:"grant"`
	Verdict  permissions.Verdict  `json:"verdict" enum:"allow,deny,"`
	Rule     string               `json:"rule"`
	Lifetime permissions.Lifetime `json:"lifetime,omitempty"`
	Code     permissions.Code     `json:"code,omitempty"`
}

type callsInput struct {
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
	Before uint64 `query:"before" doc:"only calls that began before this line of the record; the next of the last answer"`
}

type callsOutput struct {
	Body struct {
		Calls []CallSummary `json:"calls"`
		Next  uint64        `json:"next" doc:"give it as before to read on; 0 where there is no more"`
	}
}

const (
	// linesRead bounds how many record lines one page of calls is made from.
	linesRead = 5000
	// linesAfter is how many lines may lie between a call's beginning and its end when an older page is read.
	linesAfter = 2000
)

func (s *Server) listCalls(_ context.Context, in *callsInput) (*callsOutput, error) {
	before := in.Before
	if before > 0 {
		before += linesAfter
	}
	lines, err := s.Audit.List(audit.Filter{Limit: linesRead, Before: before})
	if err != nil {
		return nil, problem(err)
	}
	calls := s.group(lines, in.Before)
	out := &callsOutput{}
	out.Body.Calls = []CallSummary{}
	for _, c := range calls[:min(in.Limit, len(calls))] {
		out.Body.Calls = append(out.Body.Calls, c.CallSummary)
	}
	switch {
	case len(calls) > in.Limit:
		out.Body.Next = calls[in.Limit-1].seq
	case len(lines) == linesRead:
		out.Body.Next = lines[linesRead-1].Seq
	}
	return out, nil
}

// begun is a call with the number of the line in which it began.
type begun struct {
	CallSummary
	seq uint64
}

// group makes calls of record lines, which come newest first, and so do the calls. Calls that began at the line before
// or later are left out, unless before is 0.
func (s *Server) group(lines []audit.Record, before uint64) []*begun {
	calls := map[string]*begun{}
	var order []*begun
	for _, line := range slices.Backward(lines) {
		if line.Call == "" {
			continue
		}
		c := calls[line.Call]
		if line.Kind == audit.KindCall && (before == 0 || line.Seq < before) {
			c = &begun{seq: line.Seq, CallSummary: CallSummary{ID: line.Call, Time: millis(line.Time), Skill: line.Subject.Skill,
				Tool: line.Tool, Client: line.Subject.Client, Workspace: line.Subject.Workspace, State: "failed",
				Code: host.CodeInternal, Steps: []Step{}}}
			calls[line.Call], order = c, append(order, c)
		}
		if c == nil {
			continue
		}
		switch line.Kind {
		case audit.KindRequest, audit.KindDecision:
			c.Steps = append(c.Steps, step(c.Time, line))
		case audit.KindResult:
			c.Code, c.State = host.Code(line.Outcome), "failed"
			if line.Outcome == "" {
				c.State = "done"
			}
			c.RunningMs, c.WaitingMs, c.Memory = line.RunningMs, line.WaitingMs, line.Memory
			c.Steps = append(c.Steps, step(c.Time, line))
		}
	}
	s.markRunning(calls)
	slices.Reverse(order)
	return order
}

func step(began int64, line audit.Record) Step {
	out := Step{AfterMs: millis(line.Time) - began, Kind: line.Kind, Grant: line.Grant, Verdict: line.Verdict,
		Rule: line.Rule, Lifetime: line.Lifetime, Code: line.Code}
	if line.Kind == audit.KindResult {
		out.Code = permissions.Code(line.Outcome)
	}
	if g, err := permissions.Parse(line.Grant); err == nil {
		out.Sentence = permissions.Sentence(g)
	}
	return out
}

// markRunning tells calls in flight, and those that wait for the person, from calls that a crash cut off.
func (s *Server) markRunning(calls map[string]*begun) {
	for _, r := range s.Host.Running() {
		if c := calls[r.ID]; c != nil {
			c.State, c.Code = "running", ""
			c.RunningMs = ms(time.Since(r.Began))
		}
	}
	for _, q := range s.Broker.Waiting() {
		if c := calls[q.Call]; c != nil && c.State == "running" {
			c.State = "waiting"
			c.WaitingMs = ms(time.Since(q.Asked))
			c.RunningMs = max(0, c.RunningMs-c.WaitingMs)
		}
	}
}

type auditInput struct {
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
	Before uint64 `query:"before"`
}

type auditOutput struct {
	Body struct {
		Records []audit.Record `json:"records"`
	}
}

func (s *Server) listAudit(_ context.Context, in *auditInput) (*auditOutput, error) {
	lines, err := s.Audit.List(audit.Filter{Limit: in.Limit, Before: in.Before})
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
