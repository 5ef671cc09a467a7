package permissions

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
)

const (
	loss           = "If you deny, the skill gets an error; nothing is lost."
	warnActive     = "Another program may run this file or obey it."
	warnSwapped    = "Something else has this name now: it is not what you allowed before."
	warnUnseen     = "There is no preview: you will not see what it writes."
	warnFinal      = "It cannot be undone."
	warnOutside    = "This is outside the workspace."
	warnReads      = "This skill can already read files without asking."
	warnOwnLogin   = "It signs in with its own account: data can go to someone else."
	warnUnfinished = "It has not written all of it: you will not see the rest of what it sends."
	warnForgotten  = "What it would send is no longer known here; “once” counts for the same again."
	warnLed        = "It did not ask for this address: the answer of another one leads here."
	mostHostsSaid  = 3
)

// prompt is what every prompt of the call has in common.
func (g *Guard) prompt() Prompt {
	return Prompt{
		Call: g.call.ID, Subject: g.subject, Tool: g.call.Tool, Arguments: g.call.Arguments,
		Denials: denials(g.subject, g.broker.options.Passing), Loss: loss,
		Seen: g.broker.seen.tell(g.broker.options.Now(), g.subject),
	}
}

func (w *wish) prompt(ctx context.Context) Prompt {
	g, need := w.guard, w.need.Grant
	f, _ := g.facts() // where the store fails, rule refuses before anybody sees this
	line, _ := f.ceiling(need)
	w.scope = w.widen(&f, line)

	p := g.prompt()
	p.Need, p.Why = need.text, line.Why
	p.Object = w.object(ctx, &f)
	p.Verb, p.Name = w.title(p.Object)
	if p.Link = link(p.Object); p.Link != "" {
		p.Other = path.Base(p.Object.Other)
	}
	p.Rungs = w.ladder(ctx, &f, line)
	p.MayPick = w.need.Pickable && w.scope == need
	p.Quick = Quick{Label: "Allow once", Rung: slices.Index(w.rungs, w.scope), Lifetime: Once}
	if need.is(Pick) {
		p.Rungs, p.Quick = nil, Quick{Label: "Pick a file", Lifetime: Once}
	}
	p.Warnings, p.History = w.warnings(&f), w.history(&f)
	return p
}

// object is what the question is about as the person sees it: the need's object, or the folder.
func (w *wish) object(ctx context.Context, f *facts) Object {
	o, scope := w.need.Object, w.scope
	if scope != w.need.Grant {
		o = Object{Folder: true, Count: w.live(ctx, f, scope).count}
	}
	if scope.kind != Files || scope.right == Pick {
		return o
	}
	if o.Path == "" {
		o.Path = unescape(absolute(base(scope.path), f.subject.Workspace))
	}
	if o.Name == "" {
		o.Name = path.Base(o.Path)
	}
	return o
}

// title returns what happens, in our words, and to what: a file's name, a registrable domain, a name.
func (w *wish) title(o Object) (verb, name string) {
	need := w.need.Grant
	switch need.kind {
	case Files:
		return w.fileVerb(o), o.Name
	case Net:
		if methodsCover("GET,HEAD", need.methods) {
			return "Fetch from", registrable(need.origin.host)
		}
		return "Send to", registrable(need.origin.host)
	case Env:
		return "Use the variable", need.name
	case Secret:
		return "Sign in with", need.name
	case Call:
		return "Use", need.name
	}
	return "Keep its own", "values"
}

func (w *wish) fileVerb(o Object) string {
	need := w.need.Grant
	switch {
	case need.right == Write:
		return writeVerb(o)
	case need.right == Pick:
		return "Pick a file for"
	case need.right == List:
		return "List"
	case w.scope == need:
		return "Read"
	case isTree(w.scope):
		return "Read everything in"
	default:
		return "Read every file it may request in"
	}
}

func writeVerb(o Object) string {
	switch {
	case o.Operation == MakeFolder:
		return "Make the folder"
	case o.Operation == MakeLink:
		return "Make the link"
	case o.Operation == Remove && o.Folder:
		return "Delete the folder"
	case o.Operation == Remove:
		return "Delete"
	case o.Operation == Rename:
		return "Rename"
	case o.New:
		return "Create"
	case o.Operation == Receive:
		return "Replace"
	}
	return "Change"
}

// link joins the two names in the title of a rename or of a link that is made; it is empty where there is one name.
func link(o Object) string {
	switch {
	case o.Operation == Rename, o.Operation == MakeLink:
		return "to"
	case o.Operation == Receive && o.New:
		return "from"
	case o.Operation == Receive:
		return "with"
	}
	return ""
}

// warnings says what is true now and dangerous: what this yes would combine with, and what cannot be seen.
func (w *wish) warnings(f *facts) []string {
	need := w.need.Grant
	var said []string
	switch {
	case need.is(Read) || need.is(List) || need.is(Pick):
		if hosts := f.hosts(); hosts != "" {
			said = append(said, "This skill can already send to "+hosts+" without asking.")
		}
	case need.is(Write):
		if hosts := f.hosts(); hosts != "" {
			said = append(said, "What it writes may come from "+hosts+", which it can reach without asking.")
		}
	case need.kind == Net:
		if f.reads() {
			said = append(said, warnReads)
		}
		if need.suffix == ownCredentials {
			said = append(said, warnOwnLogin)
		}
		if where := nearby(need.origin.host); where != "" {
			said = append(said, "This address is"+where+".")
		}
		if warning := shared(need.origin.host); warning != "" {
			said = append(said, warning)
		}
		said = append(said, w.requestWarnings(f)...)
	}
	if need.kind == Files && need.right != Pick && f.subject.Workspace != "" && !f.inWorkspace(need) {
		said = append(said, warnOutside)
	}
	if !w.need.Object.New && f.swapped(w.need) {
		said = append(said, warnSwapped)
	}
	if f.laws.isActive(need, f.subject.Workspace) {
		said = append(said, warnActive)
	}
	if r, _ := f.askedEachTime(w.need); asksEachTime[r.layer] != "" {
		said = append(said, asksEachTime[r.layer])
	}
	if w.need.Object.Unseen {
		said = append(said, warnUnseen)
	}
	if w.need.Object.Final {
		said = append(said, warnFinal)
	}
	return append(said, w.guard.broker.seen.warn(f.now, f.subject, w.need)...)
}

// requestWarnings says what about a request the person does not see, or is led to.
func (w *wish) requestWarnings(f *facts) []string {
	var said []string
	r := w.need.Object.Request
	switch {
	case r == nil && w.need.Object.Identity != "":
		said = append(said, warnForgotten)
	case r != nil && r.Unfinished:
		said = append(said, warnUnfinished)
	}
	if r != nil && r.From != "" {
		said = append(said, warnLed)
	}
	if w.guard.nameless(f, w.need.Grant) {
		said = append(said, warnNames)
	}
	return said
}

// asksEachTime says whose rule asks, and so why no answer holds for longer.
var asksEachTime = map[Layer]string{
	LayerManaged:   "This machine's policy asks about this each time.",
	LayerWorkspace: "The workspace's policy asks about this each time.",
	LayerUser:      "A rule of yours asks about this each time.",
}

// hosts names the hosts that the skill may reach without a question, at most three of them.
func (f *facts) hosts() string {
	var hosts []string
	for g := range f.standing {
		if g.kind == Net && g.origin.host != "" {
			hosts = append(hosts, g.origin.host)
		}
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	if more := len(hosts) - mostHostsSaid; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(hosts[:mostHostsSaid], ", "), more)
	}
	return strings.Join(hosts, ", ")
}

// reads says whether the skill may read some file without a question.
func (f *facts) reads() bool {
	for g := range f.standing {
		if g.is(Read) {
			return true
		}
	}
	return false
}

// standing yields every grant that is allowed now.
func (f *facts) standing(yield func(Grant) bool) {
	for _, h := range f.allowed {
		if !yield(h.grant) {
			return
		}
	}
	for _, d := range f.kept {
		for _, g := range d.Grants {
			if f.live(d, Allow) && !yield(g) {
				return
			}
		}
	}
	for _, p := range f.policies {
		for _, r := range p.Allow {
			if _, outside := f.outside(r.Grant); f.allowsBy(p, r) && !outside && !yield(r.Grant) {
				return
			}
		}
	}
}

// Sentence says in plain words what a grant lets a skill do, to follow "It may": "read “docs/*.md” in the workspace".
// What stands in curly quotes, a host or a name is the manifest's text and hostile.
func Sentence(g Grant) string {
	switch g.kind {
	case Files:
		return fileSentence(g)
	case Net:
		return netSentence(g)
	case Env:
		return "use the variable " + g.name
	case Secret:
		return "sign in to " + g.origin.host + " with the secret " + g.name
	case Call:
		skill, tool, _ := strings.Cut(g.name, "/")
		return "use the tool " + tool + " of " + skill
	case Values:
		return "keep values of its own"
	}
	return "do nothing"
}

func fileSentence(g Grant) string {
	rest, inside := inWorkspace(g.path)
	what := "“" + strings.TrimPrefix(unescape(rest), "/") + "” in the workspace"
	all := inside && (rest == "" || rest == "/**")
	if !inside {
		what = "“" + unescape(g.path) + "”"
	}
	switch {
	case g.right == Pick:
		return "read one file that you pick"
	case all && g.right == List:
		return "see the names of files in the workspace"
	case all && g.right == Read:
		return "read files in the workspace"
	case all:
		return "create, change and delete files in the workspace"
	case g.right == List:
		return "see the names of files in " + what
	case g.right == Read:
		return "read " + what
	default:
		return "create, change and delete " + what
	}
}

func netSentence(g Grant) string {
	verb := "fetch from "
	if !methodsCover("GET,HEAD", g.methods) {
		verb = "send to "
	}
	below, wildcard := strings.CutPrefix(g.origin.host, "*.")
	var where string
	switch {
	case below == "":
		where = "a host that you agree to"
	case wildcard:
		where = "any host below " + below
	default:
		where = below + nearby(below)
	}
	if g.suffix == ownCredentials {
		where += ", signed in with an account of its own"
	}
	return verb + where
}
