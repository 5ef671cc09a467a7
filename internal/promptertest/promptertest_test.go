package promptertest_test

import (
	"context"
	"testing"

	"gatehouse/internal/promptertest"
	"gatehouse/permissions"
)

// TestThePlainestPrompterPasses shows that the suite asks for nothing more than the contract.
func TestThePlainestPrompterPasses(t *testing.T) {
	promptertest.Run(t, func(t *testing.T) promptertest.Person {
		p := &plain{seen: make(chan string), answers: make(chan permissions.Answer)}
		return promptertest.Person{
			Prompter: p,
			See: func(prompt permissions.Prompt) {
				if nonce := <-p.seen; nonce != prompt.Nonce {
					t.Errorf("the screen shows %q, want %q", nonce, prompt.Nonce)
				}
			},
			Answer: func(_ permissions.Prompt, a permissions.Answer) { p.answers <- a },
			Leave:  func() { p.alone = true },
		}
	})
}

type plain struct {
	alone   bool
	seen    chan string
	answers chan permissions.Answer
}

func (p *plain) Ask(ctx context.Context, prompt permissions.Prompt, _ func() int) (permissions.Answer, error) {
	if p.alone {
		return permissions.Answer{}, permissions.ErrUnavailable
	}
	if ctx.Err() != nil {
		return permissions.Answer{}, ctx.Err()
	}
	p.seen <- prompt.Nonce
	select {
	case a := <-p.answers:
		return a, nil
	case <-ctx.Done():
		return permissions.Answer{}, ctx.Err()
	}
}
