package permissions

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"
)

// mostRefusals is how many different refusals of one call are kept for its result, and mostListed how many folders
// are kept for its questions: a guest must not fill the host's memory.
const (
	mostRefusals = 100
	mostListed   = 1000
)

// Guard stands before every power of one call. It is made by Broker.Begin and may be used by many goroutines.
type Guard struct {
	broker  *Broker
	subject Subject
	asked   Capabilities
	call    CallInfo
	// arguments is the digest of all that CallInfo.Arguments was before it was cut.
	arguments string

	mu       sync.Mutex
	ended    bool
	started  bool // the workspace is confirmed for this call
	allowed  []held
	refused  []refusal
	refusals []DeniedError
	// listed are the folders that the guest listed, each as the grant to read everything in it; questioned are the
	// folders that a question to read was about.
	listed     []Grant
	questioned []string
	// picked are the files that the person picked instead, names the hosts that only a pattern allowed.
	picked []picked
	names  map[string]bool
	// rests are the kept decisions and the rules that allowed something in this call, passed what was allowed in it, true
	// where that is its own name and not only the file system's. lost says that one of them holds no longer, and onRevoke
	// is what is called then.
	rests    map[string]bool
	passed   map[Grant]bool
	lost     bool
	onRevoke []func()
	// waiting counts the checks that wait for a person, since when, and how long such times were before.
	waiting int
	since   time.Time
	waited  time.Duration
}

// Check returns nil only if need is allowed, and blocks while a person is asked and while everything is paused.
// Otherwise it returns a *DeniedError, or ctx's error if that ended first; the question is then withdrawn. Before it
// returns, a kept answer is durable and the request is recorded: where either fails the answer is no, with CodeStorage
// (permissions.md section 3).
func (g *Guard) Check(ctx context.Context, need Need) error {
	if err := g.pass(ctx); err != nil {
		return err
	}
	w := &wish{guard: g, need: need}
	r := w.rule()
	var gone error
	switch {
	case r.verdict != Ask:
	case g.broker.claim(g, need):
		r = w.claimed()
	default:
		r, gone = g.ask(ctx, w)
	}
	if err := g.record(ctx, need.Grant.text, r); err != nil {
		r = refuse(CodeStorage, RuleStorage)
	}
	switch {
	case gone != nil:
		return gone
	case r.verdict != Allow:
		return g.refuse(need.Grant.text, r)
	}
	g.use(r)
	g.noteListed(need.Grant)
	g.noteName(need.Grant, r)
	if path, instead := g.Picked(need); instead {
		need = chosen(path)
	}
	g.broker.seen.note(g.broker.options.Now(), g.subject, need)
	return nil
}

// Granted returns nil if Check would return nil without asking anybody, and a *DeniedError otherwise. It neither asks
// nor records, and is no use of a decision: what a guest only looks at keeps no answer from lapsing. The call rests on
// the decision all the same, so taking it back reaches what was done on the strength of it.
func (g *Guard) Granted(_ context.Context, need Need) error {
	switch r := g.rule(need); r.verdict {
	case Allow:
		return nil
	case Ask:
		return &DeniedError{Code: CodeDenied, Grant: need.Grant.text, Rule: r.rule}
	default:
		return &DeniedError{Code: r.code, Grant: need.Grant.text, Rule: r.rule}
	}
}

// Possible returns nil where need is allowed or a person would be asked for it; otherwise it refuses as Check does. It
// never asks. It is for what changes nothing outside the call before Check is asked about it, such as a private copy.
func (g *Guard) Possible(ctx context.Context, need Need) error {
	r := g.rule(need)
	if r.verdict != Deny {
		return nil
	}
	if err := g.record(ctx, need.Grant.text, r); err != nil {
		r = refuse(CodeStorage, RuleStorage)
	}
	return g.refuse(need.Grant.text, r)
}

// End ends the call: its answers hold no longer, and every later Check is refused.
func (g *Guard) End() {
	g.broker.calls.remove(g)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	g.started, g.allowed, g.listed, g.questioned, g.picked, g.names = false, nil, nil, nil, nil, nil
}

// Waited returns for how long at least one check of this call has waited for a person, the one that waits now
// included.
func (g *Guard) Waited() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting == 0 {
		return g.waited
	}
	return g.waited + g.broker.options.Now().Sub(g.since)
}

// Refusals returns the different refusals of this call in their order, at most a hundred.
func (g *Guard) Refusals() []DeniedError {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.refusals)
}

// rule decides about need as things stand now. A workspace that nobody confirmed is for Start to ask about; here it
// is a refusal.
func (g *Guard) rule(need Need) ruling {
	return g.decide(func(f *facts) ruling { return g.ruleBy(f, need) })
}

// afterYes decides once more about need, to which the person said yes: unless it is denied by now, it passes.
func (g *Guard) afterYes(need Need) ruling {
	return g.decide(func(f *facts) ruling {
		r := g.ruleBy(f, need)
		if r.verdict == Ask {
			g.notePassed(f, need)
		}
		return r
	})
}

func (g *Guard) ruleBy(f *facts, need Need) ruling {
	if path, instead := g.Picked(need); instead {
		need = chosen(path)
		r := f.decidePicked(path)
		if r.verdict == Allow {
			g.notePassed(f, need)
		}
		return r
	}
	r := f.decide(need)
	switch {
	case r.verdict == Allow && need.Grant.is(Pick): // nothing but a file that was picked allows it
		return ruling{verdict: Ask, rule: RuleAsked, layer: LayerQuestion}
	case r.rule == RuleWorkspace:
		return refuse(CodeDenied, RuleWorkspace)
	case r.verdict == Allow && g.nameless(f, need.Grant):
		return ruling{verdict: Ask, rule: RuleNames, layer: LayerQuestion}
	case r.verdict == Allow:
		g.notePassed(f, need)
		r.rests = f.rests(need.Grant)
		if r.layer == LayerUser {
			g.restOn([]string{r.rule})
		}
	}
	return r
}

// decide decides with by as things stand now, and notes what the call rests on then. Where a decision was taken back
// meanwhile, or a rule changed, it decides again: whoever does that either finds that this call rests on it, or it does not
// count here.
func (g *Guard) decide(by func(*facts) ruling) ruling {
	for {
		taken := g.broker.taken.Load()
		f, err := g.facts()
		switch {
		case err != nil:
			return refuse(CodeStorage, RuleStorage)
		case g.over():
			return refuse(CodeDenied, RuleEnded)
		}
		r := by(&f)
		g.restOn(r.rests)
		if g.broker.taken.Load() == taken {
			return r
		}
	}
}

func (g *Guard) over() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ended
}

// facts joins what is kept with the answers of this call. The slices are only ever appended to or replaced.
func (g *Guard) facts() (facts, error) {
	f, err := g.broker.facts(g.subject, g.asked)
	g.mu.Lock()
	defer g.mu.Unlock()
	f.allowed, f.refused, f.started = g.allowed, g.refused, g.started
	return f, err
}

// ask stops the call's clock while m waits.
func (g *Guard) ask(ctx context.Context, m matter) (ruling, error) {
	defer g.still()()
	return g.broker.ask(ctx, g.subject, m)
}

// still stops the call's clock until what it returns is called.
func (g *Guard) still() (goOn func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting++; g.waiting == 1 {
		g.since = g.broker.options.Now()
		g.tellWaiting(true)
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.waiting--; g.waiting == 0 {
			g.waited += g.broker.options.Now().Sub(g.since)
			g.tellWaiting(false)
		}
	}
}

// tellWaiting tells whoever made the call. It is called with g.mu held, so that no two words overtake each other.
func (g *Guard) tellWaiting(now bool) {
	if g.call.Waiting != nil {
		g.call.Waiting(now)
	}
}

// record writes the request down. Of equal refusals only the first of a call is written.
func (g *Guard) record(ctx context.Context, grant string, r ruling) error {
	if r.verdict == Deny && g.refusedBefore(grant, r.code) {
		return nil
	}
	return g.broker.options.Recorder.Record(context.WithoutCancel(ctx), Event{
		Kind: "request", Call: g.call.ID, Subject: g.subject, Grant: grant,
		Verdict: r.verdict, Rule: r.rule, Lifetime: r.lifetime, Code: r.code,
	})
}

// answered records a person's answer about a grant and keeps what it leaves behind.
func (g *Guard) answered(ctx context.Context, a Answer, grant string, kept []Decision) error {
	e := Event{
		Kind: "decision", Call: g.call.ID, Subject: g.subject, Grant: grant,
		Verdict: a.Verdict, Rule: RuleAsked, Lifetime: a.Lifetime,
	}
	if a.Verdict == Deny {
		e.Code = CodeDenied
	}
	return g.broker.keep(ctx, kept, e)
}

// decision is an answer as it is kept.
func (g *Guard) decision(k Key, a Answer, grants ...Grant) Decision {
	now := g.broker.options.Now()
	d := Decision{ID: rand.Text(), Key: k, Grants: grants, Verdict: a.Verdict, Lifetime: a.Lifetime, Made: now}
	switch a.Lifetime {
	case Session:
		d.Session, d.Until = g.subject.Session, now.Add(longestSession)
	case OneHour:
		d.Until = now.Add(time.Hour)
	case UntilDate:
		d.Until, d.Muted = time.Unix(a.Until, 0), a.muted
	}
	return d
}

func (g *Guard) refusedBefore(grant string, c Code) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.refusals, func(d DeniedError) bool { return d.Grant == grant && d.Code == c })
}

// refuse keeps the refusal for the call's result and returns it.
func (g *Guard) refuse(grant string, r ruling) error {
	denied := DeniedError{Code: r.code, Grant: grant, Rule: r.rule}
	if !g.refusedBefore(grant, r.code) {
		g.mu.Lock()
		if len(g.refusals) < mostRefusals {
			g.refusals = append(g.refusals, denied)
		}
		g.mu.Unlock()
	}
	return &denied
}

// noteListed keeps a folder that the guest listed, unless one above it is kept already.
func (g *Guard) noteListed(grant Grant) {
	if !grant.is(List) {
		return
	}
	tree := pattern(Read, grant.path+"/**")
	within := func(outer, inner Grant) bool { return outer.Covers(inner, g.subject.Workspace) }
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.listed) >= mostListed || slices.ContainsFunc(g.listed, func(l Grant) bool { return within(l, tree) }) {
		return
	}
	g.listed = slices.DeleteFunc(g.listed, func(l Grant) bool { return within(tree, l) })
	g.listed = append(g.listed, tree)
}

// pattern is the grant of one right to a canonical path; the zero Grant where there is no such grant.
func pattern(right Right, path string) Grant {
	g, err := Parse("fs:" + string(right) + ":" + path)
	if err != nil {
		return Grant{}
	}
	return g
}

// folderOf returns the canonical path of the folder that holds path, empty for a root.
func folderOf(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' {
			return path[:i]
		}
	}
	return ""
}
