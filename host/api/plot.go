package api

import (
	"context"
	"slices"
	"time"
)

// CallPlot is what the calls of a time took, as a whole and over time.
type CallPlot struct {
	From    int64        `json:"from" doc:"Unix milliseconds"`
	To      int64        `json:"to" doc:"Unix milliseconds"`
	Whole   CallBucket   `json:"whole" doc:"all of the time at once"`
	Buckets []CallBucket `json:"buckets" doc:"equal stretches, the earliest first, also those without a call"`
	Skills  []string     `json:"skills" doc:"the skills that may be chosen among; hostile"`
	Clients []string     `json:"clients"`
	Short   bool         `json:"short" doc:"the record has older calls than are counted here"`
}

// CallBucket is what the calls that began in one stretch of time took.
type CallBucket struct {
	From    int64  `json:"from" doc:"Unix milliseconds"`
	Calls   int    `json:"calls"`
	Done    int    `json:"done"`
	Refused int    `json:"refused"`
	Limited int    `json:"limited"`
	Failed  int    `json:"failed" doc:"for any other reason"`
	Asked   int    `json:"asked" doc:"calls that waited for the person"`
	Running Spread `json:"running" doc:"milliseconds of the guests' own time, of calls that have ended"`
	Waiting Spread `json:"waiting" doc:"milliseconds, of calls that waited for the person"`
	Memory  Spread `json:"memory" doc:"bytes, of calls that have ended"`
	Fuel    Spread `json:"fuel" doc:"how much the guests did, of calls of which that was counted"`

	ReadBytes     int64 `json:"readBytes"`
	WrittenBytes  int64 `json:"writtenBytes"`
	SentBytes     int64 `json:"sentBytes"`
	ReceivedBytes int64 `json:"receivedBytes"`
	InputBytes    int64 `json:"inputBytes"`
	OutputBytes   int64 `json:"outputBytes"`
}

// Spread is an amount over several calls; zeros where there are none.
type Spread struct {
	Median float64 `json:"median"`
	Slow   float64 `json:"slow" doc:"99 of 100 stay below"`
	Most   float64 `json:"most"`
}

type plotInput struct {
	Wanted
	Buckets int `query:"buckets" default:"48" minimum:"1" maximum:"200" doc:"at most so many stretches"`
}

type plotOutput struct{ Body CallPlot }

func (s *Server) plotCalls(_ context.Context, in *plotInput) (*plotOutput, error) {
	calls, short, err := s.wanted(in.Wanted)
	if err != nil {
		return nil, err
	}
	from, to := time.UnixMilli(in.From), time.Now()
	if in.To > 0 {
		to = time.UnixMilli(in.To)
	}
	if in.From == 0 {
		from = to
		if len(calls) > 0 {
			from = wholeHours(time.UnixMilli(calls[0].Time))
		}
	}
	step := stretch(to.Sub(from), in.Buckets)
	out := CallPlot{From: millis(from), To: millis(to), Buckets: []CallBucket{}, Skills: []string{}, Clients: []string{}, Short: short}
	for begin, rest := from, calls; !begin.After(to); begin = begin.Add(step) {
		n := 0
		for n < len(rest) && rest[n].Time < millis(begin.Add(step)) {
			n++
		}
		out.Buckets = append(out.Buckets, bucket(begin, rest[:n]))
		rest = rest[n:]
	}
	out.Whole = bucket(from, calls)
	if err := s.choices(&out, in.Wanted); err != nil {
		return nil, err
	}
	return &plotOutput{out}, nil
}

// choices are the skills and clients of the time, whichever of them is chosen now.
func (s *Server) choices(p *CallPlot, in Wanted) error {
	calls, _, err := s.wanted(Wanted{From: in.From, To: in.To})
	if err != nil {
		return err
	}
	for _, c := range calls {
		if !slices.Contains(p.Skills, c.Skill) {
			p.Skills = append(p.Skills, c.Skill)
		}
		if !slices.Contains(p.Clients, c.Client) {
			p.Clients = append(p.Clients, c.Client)
		}
	}
	slices.Sort(p.Skills)
	slices.Sort(p.Clients)
	return nil
}

// stretches are lengths of time that a person counts in.
var stretches = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
	2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour,
}

// stretch is the shortest of them of which at most n fill the span.
func stretch(span time.Duration, n int) time.Duration {
	for _, d := range stretches {
		if span < d*time.Duration(n) {
			return d
		}
	}
	week := stretches[len(stretches)-1]
	return (span/time.Duration(n)/week + 1) * week
}

func wholeHours(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), 0, 0, 0, t.Location())
}

func bucket(from time.Time, calls []begun) CallBucket {
	b := CallBucket{From: millis(from), Calls: len(calls)}
	var running, waiting, memory, fuel []float64
	for _, c := range calls {
		switch c.outcome() {
		case "done":
			b.Done++
		case "refused":
			b.Refused++
		case "limit":
			b.Limited++
		case "failed":
			b.Failed++
		}
		u := c.Usage
		if c.outcome() != "underway" {
			running, memory = append(running, u.RunningMs), append(memory, float64(u.Memory))
		}
		if u.Fuel > 0 {
			fuel = append(fuel, float64(u.Fuel))
		}
		if c.State == "waiting" || u.WaitingMs > 0 {
			b.Asked++
			waiting = append(waiting, u.WaitingMs)
		}
		b.ReadBytes, b.WrittenBytes = b.ReadBytes+u.ReadBytes, b.WrittenBytes+u.WrittenBytes
		b.SentBytes, b.ReceivedBytes = b.SentBytes+u.SentBytes, b.ReceivedBytes+u.ReceivedBytes
		b.InputBytes, b.OutputBytes = b.InputBytes+u.InputBytes, b.OutputBytes+u.OutputBytes
	}
	b.Running, b.Waiting, b.Memory, b.Fuel = spread(running), spread(waiting), spread(memory), spread(fuel)
	return b
}

func spread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	slices.Sort(values)
	at := func(share float64) float64 { return values[min(len(values)-1, int(share*float64(len(values))))] }
	return Spread{Median: at(0.5), Slow: at(0.99), Most: values[len(values)-1]}
}
