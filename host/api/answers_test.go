package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/host/api"
	"gatehouse/permissions"
)

// Random answers, most of them a little wrong, go through ask's door to a broker. The check is allowed, and an answer
// kept, only where it names the question by nonce and hash and chooses what that offers.
func TestOnlyWhatIsOfferedIsAllowed(t *testing.T) {
	asker, c := newAsker(t, func() (<-chan struct{}, error) { return make(chan struct{}), nil })
	rapid.Check(t, func(t *rapid.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		kept := &keeper{}
		checked := make(chan error, 1)
		go func() {
			checked <- check(ctx, permissions.NewBroker(permissions.Options{Store: kept, Prompter: asker, Settled: asker.Settled}))
		}()
		s := c.state(0)
		for s.Prompt == nil {
			s = c.state(s.N)
		}
		a := drawAnswer(t, s)
		status := c.post("/api/answer", a)
		named := a.Nonce == s.Prompt.Nonce
		want := http.StatusConflict
		switch {
		case named && (fits(a, s) || a.Verdict == permissions.Deny):
			want = http.StatusNoContent
		case named:
			want = http.StatusInternalServerError
		}
		if status != want {
			t.Fatalf("answering %+v: status %d, want %d", a, status, want)
		}
		if !named {
			c.post("/api/close", struct{}{})
		}
		err := <-checked
		var denied *permissions.DeniedError
		if allowed := err == nil; allowed != fits(a, s) || !allowed && !errors.As(err, &denied) {
			t.Fatalf("answering %+v to %+v: Check() = %v; want it allowed: %v", a, *s.Prompt, err, fits(a, s))
		}
		for _, d := range kept.all {
			if d.Verdict == permissions.Allow && !fits(a, s) || d.Lifetime != a.Lifetime || a.Shown != s.Hash {
				t.Fatalf("answering %+v kept %+v", a, d)
			}
		}
	})
}

// drawAnswer takes each field from the question, or now and then from elsewhere.
func drawAnswer(t *rapid.T, s api.PromptState) permissions.Answer {
	text := func(name, right string) string {
		if rapid.IntRange(0, 7).Draw(t, name+" from") > 0 {
			return right
		}
		return rapid.String().Draw(t, name)
	}
	return permissions.Answer{
		Nonce:   text("nonce", s.Prompt.Nonce),
		Shown:   text("shown", s.Hash),
		Verdict: rapid.SampledFrom([]permissions.Verdict{permissions.Allow, permissions.Allow, permissions.Allow, permissions.Deny, "ALLOW", ""}).Draw(t, "verdict"),
		Rung:    rapid.IntRange(-1, len(s.Prompt.Rungs)).Draw(t, "rung"),
		Lifetime: rapid.SampledFrom([]permissions.Lifetime{permissions.Once, permissions.ThisCall, permissions.Session,
			permissions.OneHour, permissions.Always, "ever", ""}).Draw(t, "lifetime"),
	}
}

// fits says whether a is a yes that s offers.
func fits(a permissions.Answer, s api.PromptState) bool {
	p := s.Prompt
	if a.Nonce != p.Nonce || a.Shown != s.Hash || a.Verdict != permissions.Allow {
		return false
	}
	if a.Rung == p.Quick.Rung && a.Lifetime == p.Quick.Lifetime {
		return true
	}
	return a.Rung >= 0 && a.Rung < len(p.Rungs) &&
		slices.ContainsFunc(p.Rungs[a.Rung].Lifetimes, func(c permissions.Choice) bool { return c.Lifetime == a.Lifetime })
}

// check asks for a file that a skill may request.
func check(ctx context.Context, b *permissions.Broker) error {
	line, err := permissions.Parse("fs:read:/data/**")
	if err != nil {
		return err
	}
	guard := b.Begin(permissions.Subject{Skill: "s", Digest: "sha256:aa", Client: "c", Session: "one"},
		permissions.Capabilities{Optional: []permissions.Line{{Grant: line}}}, permissions.CallInfo{ID: "c-1"})
	defer guard.End()
	return guard.Check(ctx, permissions.Need{Grant: permissions.FileGrant(permissions.Read, "/data/a.txt")})
}

// keeper remembers everything that was ever kept.
type keeper struct {
	permissions.Map
	all []permissions.Decision
}

func (k *keeper) Keep(d permissions.Decision) error {
	k.all = append(k.all, d)
	return k.Map.Keep(d)
}
