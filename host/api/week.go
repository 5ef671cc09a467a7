package api

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
)

// Week is what was done in the person's name from a Monday to the Sunday after it, by the clock of this machine.
type Week struct {
	From    int64 `json:"from" doc:"Unix milliseconds, a Monday's midnight"`
	To      int64 `json:"to" doc:"Unix milliseconds, the midnight after its Sunday"`
	Earlier bool  `json:"earlier" doc:"something is known from before it"`
	Short   bool  `json:"short" doc:"what is left of the record, or was read of it, begins within the week: the counts may be too low"`

	Calls    int `json:"calls" doc:"without those that were only tried"`
	Tried    int `json:"tried" doc:"calls of which nothing was done"`
	Limited  int `json:"limited" doc:"calls that were stopped at a limit"`
	Failed   int `json:"failed" doc:"calls that failed otherwise, refusals left out"`
	Refusals int `json:"refusals" doc:"requests that were refused, also those that are only counted"`

	ReadBytes     int64 `json:"readBytes" doc:"from files"`
	WrittenBytes  int64 `json:"writtenBytes" doc:"to files"`
	Readers       int   `json:"readers" doc:"calls that read from files"`
	Writers       int   `json:"writers" doc:"calls that changed files"`
	SentBytes     int64 `json:"sentBytes" doc:"over the network"`
	ReceivedBytes int64 `json:"receivedBytes" doc:"over the network"`
	Requests      int   `json:"requests" doc:"requests that were sent"`
	Senders       int   `json:"senders" doc:"calls that sent some"`
	Changes       int   `json:"changes" doc:"changes to files: each replaced, made, renamed or removed"`

	By     []WeekCalls `json:"by" doc:"the calls by skill and client, the most first"`
	ByLeft int         `json:"byLeft,omitempty" doc:"how many further pairs of skill and client there are"`

	Asked    int        `json:"asked" doc:"calls that waited for the person"`
	AskedMs  float64    `json:"askedMs" doc:"for how long together, in milliseconds"`
	Yes      int        `json:"yes" doc:"questions that the person answered with a yes"`
	No       int        `json:"no"`
	Waits    []WeekWait `json:"waits" doc:"the longest"`
	Paused   int        `json:"paused" doc:"how often everything was paused"`
	Standing Deeds      `json:"standing" doc:"what the person allowed for longer than a session"`
	Denied   Deeds      `json:"denied" doc:"what they denied for longer than that"`
	Revoked  Deeds      `json:"revoked" doc:"decisions that the person took back"`
	Lapsed   Deeds      `json:"lapsed" doc:"decisions that ended unused or with an update"`
	Restored Deeds      `json:"restored" doc:"decisions that the person gave back"`
	Rules    Deeds      `json:"rules" doc:"rules of the person's own that changed"`
	Undone   Deeds      `json:"undone" doc:"changes to files that the person took back"`
}

// WeekCalls is what one skill did for one client; both are hostile.
type WeekCalls struct {
	Skill    string `json:"skill"`
	Client   string `json:"client"`
	Calls    int    `json:"calls"`
	Refusals int    `json:"refusals"`
	Limited  int    `json:"limited"`
}

// WeekWait is a call that waited for the person. Skill, Tool and Client are hostile.
type WeekWait struct {
	Call      string  `json:"call"`
	Time      int64   `json:"time" doc:"Unix milliseconds"`
	Skill     string  `json:"skill"`
	Tool      string  `json:"tool"`
	Client    string  `json:"client"`
	WaitingMs float64 `json:"waitingMs"`
}

// Deeds are things of one kind that were decided or taken back.
type Deeds struct {
	Count  int    `json:"count"`
	Newest []Deed `json:"newest" doc:"at most 20, the newest first"`
}

// Deed is one of them. Skill, Client, Workspace and Grant are hostile.
type Deed struct {
	Time      int64                `json:"time" doc:"Unix milliseconds"`
	Skill     string               `json:"skill" doc:"empty where it is not about one"`
	Client    string               `json:"client"`
	Workspace string               `json:"workspace"`
	Grant     string               `json:"grant" doc:"as the record has it; several have spaces between them"`
	Sentence  string               `json:"sentence" doc:"the grant in our words; empty where it is not certainly one"`
	Verdict   permissions.Verdict  `json:"verdict" enum:"allow,deny,ask,"`
	Lifetime  permissions.Lifetime `json:"lifetime,omitempty"`
	Change    string               `json:"change,omitempty" doc:"what became of a rule: added, removed, or forgotten with an old policy file"`
}

type weekInput struct {
	Back int `query:"back" minimum:"0" maximum:"520" doc:"how many weeks ago; 0 is the one that goes on"`
}

type weekOutput struct{ Body Week }

func (s *Server) week(_ context.Context, in *weekInput) (*weekOutput, error) {
	all, err := s.ledger.snapshot()
	if err != nil {
		return nil, problem(err)
	}
	s.markRunning(all.calls)
	from, to := weekOf(time.Now(), in.Back)
	t := tally{week: Week{From: millis(from), To: millis(to), Short: all.since.After(from)}, by: map[WeekCalls]*WeekCalls{}}
	for _, c := range all.calls {
		if t.within(c.Time) {
			t.call(c)
		}
	}
	for _, line := range all.floods {
		if t.within(millis(line.Time)) {
			t.refused(line.Subject.Skill, line.Subject.Client, refusals(line))
		}
	}
	var deeds []audit.Record
	for _, line := range all.deeds {
		if t.within(millis(line.Time)) {
			deeds = append(deeds, line)
		}
	}
	t.deeds(deeds)
	return &weekOutput{t.done()}, nil
}

// weekOf is the week that lies so many weeks before that of now, from midnight to midnight where the host is.
func weekOf(now time.Time, back int) (from, to time.Time) {
	monday := now.Day() - (int(now.Weekday())+6)%7 - 7*back
	at := func(day int) time.Time { return time.Date(now.Year(), now.Month(), day, 0, 0, 0, 0, now.Location()) }
	return at(monday), at(monday + 7)
}
