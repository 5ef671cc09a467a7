package permissions

import (
	"container/list"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// What the host has seen is remembered for a day, and bounded: a guest must not fill the host's memory.
const (
	seenFor      = 24 * time.Hour
	mostSeen     = 1000 // things of one kind that one skill did for one client in one workspace
	mostAccounts = 500  // skills, each for one client in one workspace
	seenAgent    = "What an agent passes to a skill may be private, and may come from strangers."
	seenOwnStore = "its own store"
)

// sight is what a skill did: it read private data, took in what strangers may have written, or contacted somebody.
type sight string

const (
	privateRead sight = "private"
	tookIn      sight = "taken in"
	contacted   sight = "contacted"
)

// setting is where skills work: for one client, in one workspace. What one of them sees may reach the others.
type setting struct{ client, workspace string }

// account is what was seen of one skill in one setting: each thing, and when it was last done.
type account struct {
	setting setting
	skill   string
	things  map[sight]map[string]time.Time
	swept   time.Time
	place   *list.Element // in seen.recent
}

// seen remembers, in memory alone, what was allowed in the last 24 hours. It informs a person and decides nothing. The
// zero seen is empty and ready; it may be used by many goroutines.
type seen struct {
	mu       sync.Mutex
	accounts map[setting]map[string]*account // by their skills
	recent   list.List                       // of every *account, the one that was noted last first
}

// note remembers what an allowed need means. It counts for the skill and for all that called it: what a skill was told
// it may tell its caller.
func (m *seen) note(now time.Time, s Subject, need Need) {
	things := sights(need)
	if len(things) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, skill := range append(slices.Clip(s.Chain), s.Skill) {
		a := m.account(now, setting{s.Client, s.Workspace}, skill)
		for kind, what := range things {
			a.add(now, kind, what)
		}
	}
}

// sights says what it means that need was allowed. An answer from the network is as strange as its sender, and what a
// skill finds in its own store may have come from there.
func sights(need Need) map[sight]string {
	g := need.Grant
	switch {
	case g.is(Read) || g.is(Pick):
		if need.Object.Path != "" {
			return map[sight]string{privateRead: need.Object.Path}
		}
		return map[sight]string{privateRead: g.path}
	case g.kind == Values:
		return map[sight]string{tookIn: seenOwnStore}
	case g.kind == Net || g.kind == Secret:
		return map[sight]string{contacted: g.origin.host, tookIn: g.origin.host}
	}
	return nil
}

// account returns the account of skill in w. Where there are too many, the one that is idle for longest makes room. The
// caller holds mu.
func (m *seen) account(now time.Time, w setting, skill string) *account {
	if a := m.accounts[w][skill]; a != nil {
		m.recent.MoveToFront(a.place)
		return a
	}
	if m.recent.Len() >= mostAccounts {
		m.forget(m.recent.Back().Value.(*account))
	}
	if m.accounts == nil {
		m.accounts = map[setting]map[string]*account{}
	}
	if m.accounts[w] == nil {
		m.accounts[w] = map[string]*account{}
	}
	a := &account{
		setting: w, skill: skill, swept: now,
		things: map[sight]map[string]time.Time{privateRead: {}, tookIn: {}, contacted: {}},
	}
	a.place = m.recent.PushFront(a)
	m.accounts[w][skill] = a
	return a
}

// forget drops an account. The caller holds mu.
func (m *seen) forget(a *account) {
	m.recent.Remove(a.place)
	delete(m.accounts[a.setting], a.skill)
	if len(m.accounts[a.setting]) == 0 {
		delete(m.accounts, a.setting)
	}
}

// add remembers one thing. What is a day old makes room for it, but is not looked for each time.
func (a *account) add(now time.Time, kind sight, what string) {
	things := a.things[kind]
	if len(things) >= mostSeen && now.Sub(a.swept) >= time.Minute {
		a.swept = now
		maps.DeleteFunc(things, func(_ string, when time.Time) bool { return now.Sub(when) >= seenFor })
	}
	if _, known := things[what]; known || len(things) < mostSeen {
		things[what] = now
	}
}

// recall returns what was seen of a kind, sorted: by the subject's skill and those that called it, since what they
// read may be in its arguments, and by every other skill that works for its client in its workspace.
func (m *seen) recall(now time.Time, s Subject, kind sight) (own, others []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for skill, a := range m.accounts[setting{s.Client, s.Workspace}] {
		into := &others
		if skill == s.Skill || slices.Contains(s.Chain, skill) {
			into = &own
		}
		for what, when := range a.things[kind] {
			if now.Sub(when) < seenFor {
				*into = append(*into, what)
			}
		}
	}
	slices.Sort(own)
	slices.Sort(others)
	return slices.Compact(own), slices.Compact(others)
}

// tell says in sentences of ours what the host has seen, for a prompt's details.
func (m *seen) tell(now time.Time, s Subject) []string {
	said := []string{seenAgent}
	for _, part := range []struct {
		kind sight
		verb string
		name func([]string) string
	}{
		{privateRead, "read", files}, {tookIn, "took in what strangers may have written, from", someNames}, {contacted, "contacted", someNames},
	} {
		own, others := m.recall(now, s, part.kind)
		if len(own) > 0 {
			said = append(said, fmt.Sprintf("This skill%s %s %s in the last 24 hours.", callers(s), part.verb, part.name(own)))
		}
		if len(others) > 0 {
			said = append(said, fmt.Sprintf("Other skills %s %s for %s in the last 24 hours.", part.verb, part.name(others), behalf(s)))
		}
	}
	return said
}

// warn says what a yes to need would combine with: private data that could leave, a destination that is new, and
// strangers' words behind a change.
func (m *seen) warn(now time.Time, s Subject, need Need) []string {
	g := need.Grant
	var said []string
	switch {
	case g.kind == Net || g.kind == Secret:
		if read, _ := m.recall(now, s, privateRead); len(read) > 0 {
			said = append(said, fmt.Sprintf("This skill%s, working for %s, has read %s in the last 24 hours.", callers(s), behalf(s), files(read)))
		}
		own, others := m.recall(now, s, contacted)
		if host := g.origin.host; host != "" && !slices.Contains(own, host) && !slices.Contains(others, host) {
			said = append(said, fmt.Sprintf("No skill has contacted %s for %s in the last 24 hours.", host, behalf(s)))
		}
	case g.is(Write) || g.kind == Call:
		if from, _ := m.recall(now, s, tookIn); len(from) > 0 {
			said = append(said, "This skill"+callers(s)+" took in what strangers may have written, from "+someNames(from)+".")
		}
	}
	return said
}

// behalf names whom a subject works for and where, as far as the names are plain. The folder's is in quotation marks: it may
// read like the rest of the sentence.
func behalf(s Subject) string {
	client := plainly(s.Client, "this client")
	switch s.Client {
	case terminal:
		client = "your terminal"
	case playground:
		client = "the Playground"
	}
	folder := plainly(s.Workspace[strings.LastIndexByte(s.Workspace, '/')+1:], "")
	switch {
	case s.Workspace == "":
		return client
	case folder == "":
		return client + " in this workspace"
	}
	return client + " in “" + folder + "”"
}

func callers(s Subject) string {
	if len(s.Chain) == 0 {
		return ""
	}
	return " or one that called it"
}

// files counts private files.
func files(read []string) string {
	switch n := len(read); {
	case n == 1:
		return "1 private file"
	case n >= mostSeen:
		return fmt.Sprintf("%d private files or more", mostSeen)
	default:
		return fmt.Sprintf("%d private files", n)
	}
}

// someNames names the first three.
func someNames(names []string) string {
	if more := len(names) - mostHostsSaid; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostHostsSaid], ", "), more)
	}
	return strings.Join(names, ", ")
}
