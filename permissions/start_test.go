package permissions_test

import (
	"context"
	"strings"
	"testing"

	"gatehouse/permissions"
)

func (h *house) start(s permissions.Subject, c permissions.Capabilities) (*permissions.Guard, error) {
	g := h.broker.Begin(s, c, permissions.CallInfo{ID: "call-1", Tool: "list", Arguments: "{}"})
	return g, g.Start(context.Background())
}

func TestStart(t *testing.T) {
	t.Run("one question confirms the workspace and the required lines for good", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		g, err := h.start(subject(), capabilities(t))
		wantCode(t, err, "")
		wantCode(t, h.check(g, "fs:list:${workspace}/docs"), "")
		asked := h.person.prompts()
		if len(asked) != 1 {
			t.Fatalf("%d questions, want 1", len(asked))
		}
		p := asked[0]
		if !p.NewWorkspace || p.Verb != "Let skills work in" || p.Name != "acme" || p.Object.Path != workspace || p.Quick.Label != "Allow" || p.Quick.Lifetime != permissions.Always {
			t.Errorf("the question is %+v", p)
		}
		if len(p.Lines) != 1 || p.Lines[0].Sentence != "see the names of files in the workspace" || p.Lines[0].Why != "because" {
			t.Errorf("its lines are %+v", p.Lines)
		}
		if _, err := h.start(subject(), capabilities(t)); err != nil || len(h.person.prompts()) != 1 {
			t.Errorf("the second start: %v after %d questions, want none more", err, len(h.person.prompts()))
		}
		found, _ := h.store.Find(subject().Key())
		if len(found) != 1 || found[0].Kind() != "required" {
			t.Errorf("kept %+v, want the required lines as such", found)
		}
		if got := h.record.kinds(); got != "decision:allow:asked request:allow:required " {
			t.Errorf("recorded %s", got)
		}
	})
	t.Run("for an agent without a token a yes holds for the session alone", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		s := subject()
		s.Client = permissions.Unknown
		_, err := h.start(s, capabilities(t))
		wantCode(t, err, "")
		for _, key := range []permissions.Key{s.Key(), s.WorkspaceKey()} {
			found, _ := h.store.Find(key)
			if len(found) != 1 || found[0].Lifetime != permissions.Session {
				t.Errorf("kept %+v, want one for the session", found)
			}
		}
		s.Session = "s-2"
		if _, err := h.start(s, capabilities(t)); err != nil || len(h.person.prompts()) != 2 {
			t.Errorf("the next session: %v after %d questions, want to be asked again", err, len(h.person.prompts()))
		}
		h.person.answer = func(p permissions.Prompt) permissions.Answer {
			return answer(p, permissions.Allow, p.Quick.Rung, permissions.Always)
		}
		s.Session = "s-3"
		_, err = h.start(s, capabilities(t))
		wantCode(t, err, permissions.CodeDenied)
	})
	t.Run("limits above the usual are confirmed too, also where nothing is required", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		_, err := h.start(subject(), capabilities(t)) // confirms the workspace
		wantCode(t, err, "")
		greedy := subject()
		greedy.Skill, greedy.Signer, greedy.Capabilities = "greedy", "unsigned", "sha256:greedy"
		raised := permissions.Capabilities{Raised: []permissions.Limit{{Name: "memory", Value: "4GiB", Usual: "128MiB"}}}
		for range 2 {
			_, err = h.start(greedy, raised)
			wantCode(t, err, "")
		}
		asked := h.person.prompts()
		if len(asked) != 2 || len(asked[1].Lines) != 1 || asked[1].Lines[0].Sentence != "go up to 4GiB of memory, where 128MiB is usual" {
			t.Fatalf("%d questions, the last %+v", len(asked), asked[len(asked)-1])
		}
		greedy.Capabilities = "sha256:greedier"
		h.person.answer = deny
		_, err = h.start(greedy, raised)
		wantCode(t, err, permissions.CodeDenied)
	})
	t.Run("where nothing outlives a call nothing longer is offered", func(t *testing.T) {
		h := furnish(t, func(o *permissions.Options) { o.Passing = true })
		h.person.answer = quick
		g, err := h.start(subject(), capabilities(t))
		wantCode(t, err, "")
		wantCode(t, h.check(g, "fs:read:${workspace}/a.txt"), "")
		for _, p := range h.person.prompts() {
			for _, r := range p.Rungs {
				if got := spellChoices(r.Lifetimes); strings.TrimSpace(got) != "call" {
					t.Errorf("%s %s offers %q, want this call alone", p.Verb, p.Name, got)
				}
			}
			if len(p.Denials) != 1 {
				t.Errorf("%s %s offers the denials %+v", p.Verb, p.Name, p.Denials)
			}
		}
		if all, _ := h.store.Find(subject().Key()); len(all) != 0 {
			t.Errorf("kept %+v", all)
		}
	})
	t.Run("another skill in a known workspace asks for its lines alone", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		_, _ = h.start(subject(), capabilities(t))
		other := subject()
		other.Skill = "pdf-tools"
		_, err := h.start(other, capabilities(t))
		wantCode(t, err, "")
		p := h.person.prompts()[1]
		if p.NewWorkspace || p.Verb != "Start" || p.Name != "pdf-tools" {
			t.Errorf("the question is %+v", p)
		}
		if found, _ := h.store.Find(subject().WorkspaceKey()); len(found) != 1 {
			t.Errorf("the workspace is confirmed by %d decisions, want the one that was asked for: %v", len(found), found)
		}
	})
	t.Run("a skill that requires nothing in a known workspace asks nothing", func(t *testing.T) {
		h := furnish(t)
		h.confirm(subject(), permissions.Capabilities{})
		_, err := h.start(subject(), permissions.Capabilities{Optional: lines(t, "fs:read:${workspace}/**")})
		wantCode(t, err, "")
		if n := len(h.person.prompts()); n != 0 {
			t.Errorf("%d questions, want none", n)
		}
	})
	t.Run("for this call it ends with the call", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = func(p permissions.Prompt) permissions.Answer {
			return answer(p, permissions.Allow, 0, permissions.ThisCall)
		}
		g, err := h.start(subject(), capabilities(t))
		wantCode(t, err, "")
		wantCode(t, h.check(g, "fs:list:${workspace}/docs"), "")
		g.End()
		h.person.answer = deny
		_, err = h.start(subject(), capabilities(t))
		wantCode(t, err, permissions.CodeDenied)
	})
	t.Run("a refusal refuses and the next call asks again", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = deny
		for want := 1; want <= 2; want++ {
			g, err := h.start(subject(), capabilities(t))
			wantCode(t, err, permissions.CodeDenied)
			if r := g.Refusals(); len(r) != 1 || r[0].Grant != "fs:list:${workspace}/**" {
				t.Errorf("Refusals() = %v", r)
			}
			if n := len(h.person.prompts()); n != want {
				t.Errorf("%d questions, want %d", n, want)
			}
		}
	})
	t.Run("deny always refuses without a question", func(t *testing.T) {
		for _, c := range []permissions.Capabilities{capabilities(t), {Optional: lines(t, "fs:read:${workspace}/**")}} {
			h := furnish(t)
			h.person.answer = func(p permissions.Prompt) permissions.Answer {
				return answer(p, permissions.Deny, 0, permissions.Always)
			}
			_, err := h.start(subject(), c)
			wantCode(t, err, permissions.CodeDenied)
			g, err := h.start(subject(), c)
			wantCode(t, err, permissions.CodeDenied)
			wantCode(t, h.check(g, payroll), permissions.CodeDenied)
			if n := len(h.person.prompts()); n != 1 {
				t.Errorf("%d questions, want 1", n)
			}
		}
	})
	t.Run("a home folder is no workspace, whatever anybody answers", func(t *testing.T) {
		for _, place := range []string{"/", "/home", "/home/u", "/home/u/.ssh", "/home/u/.local/share/gatehouse/x", "/proc/1"} {
			h := furnish(t)
			h.person.answer = quick
			s := subject()
			s.Workspace = place
			_, err := h.start(s, capabilities(t))
			wantCode(t, err, permissions.CodeDenied)
			if n := len(h.person.prompts()); n != 0 {
				t.Errorf("%s: %d questions, want none", place, n)
			}
		}
	})
	t.Run("a skill in development is confirmed for the session at most", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = quick
		s := subject()
		s.Digest = ""
		_, err := h.start(s, capabilities(t))
		wantCode(t, err, "")
		if p := h.person.prompts()[0]; p.Quick.Lifetime != permissions.Session || strings.Contains(spellChoices(p.Rungs[0].Lifetimes), "always") {
			t.Errorf("offered %+v, %+v", p.Quick, p.Rungs)
		}
	})
}

func spellChoices(choices []permissions.Choice) string {
	var words []string
	for _, c := range choices {
		words = append(words, string(c.Lifetime))
	}
	return strings.Join(words, " ")
}
