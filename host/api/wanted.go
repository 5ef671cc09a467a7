package api

import (
	"strings"

	"gatehouse/host"
)

// Wanted says which calls a screen is about; what is empty leaves out nothing.
type Wanted struct {
	From    int64  `query:"from" doc:"calls that began then or later, Unix milliseconds"`
	To      int64  `query:"to" doc:"calls that began before then, Unix milliseconds; 0 for now"`
	Skill   string `query:"skill" maxLength:"64"`
	Client  string `query:"client" maxLength:"64"`
	Outcome string `query:"outcome" enum:"done,refused,limit,failed,underway," doc:"how they ended; refused are also those that did without something"`
	Search  string `query:"search" maxLength:"200" doc:"words that must all stand somewhere in the call or its steps"`
}

// wanted returns the calls of the ledger that in wants, the oldest first, and whether the record may have more of them
// than the ledger.
func (s *Server) wanted(in Wanted) (calls []begun, short bool, err error) {
	all, err := s.ledger.snapshot()
	if err != nil {
		return nil, false, problem(err)
	}
	s.markRunning(all.calls)
	words := strings.Fields(strings.ToLower(in.Search))
	for _, c := range all.calls {
		if in.holds(c.CallSummary) && c.has(words) {
			calls = append(calls, c)
		}
	}
	return calls, all.short && (len(all.calls) == 0 || in.From < all.calls[0].Time), nil
}

func (in Wanted) holds(c CallSummary) bool {
	return c.Time >= in.From && (in.To == 0 || c.Time < in.To) &&
		(in.Skill == "" || c.Skill == in.Skill) && (in.Client == "" || c.Client == in.Client) &&
		(in.Outcome == "" || c.outcome() == in.Outcome || in.Outcome == "refused" && c.Refusals > 0)
}

// outcome sorts calls by how they ended, coarser than their codes.
func (c CallSummary) outcome() string {
	switch {
	case c.State == "running" || c.State == "waiting":
		return "underway"
	case c.State == "done":
		return "done"
	case c.Code == host.CodeDenied || c.Code == host.CodeUndeclared || c.Code == host.CodeTimeout || c.Code == host.CodeUnavailable:
		return "refused"
	case strings.HasPrefix(string(c.Code), "limit_"):
		return "limit"
	}
	return "failed"
}

// has says whether every word stands somewhere in what a screen shows of the call.
func (c CallSummary) has(words []string) bool {
	if len(words) == 0 {
		return true
	}
	var text strings.Builder
	for _, part := range []string{c.ID, c.Skill, c.Tool, c.Client, c.Workspace, c.State, strings.ReplaceAll(string(c.Code), "_", " ")} {
		text.WriteString(part + "\n")
	}
	for _, step := range c.Steps {
		text.WriteString(step.Grant + "\n" + step.Sentence + "\n")
	}
	shown := strings.ToLower(text.String())
	for _, word := range words {
		if !strings.Contains(shown, word) {
			return false
		}
	}
	return true
}
