package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"gatehouse/host"
	"gatehouse/permissions"
)

// Mark is the person's own sign on every question: a colour and a word that tell ask from a picture of itself.
type Mark struct {
	Color string `json:"color"`
	Word  string `json:"word"`
}

// AskerOptions are what an Asker needs.
type AskerOptions struct {
	// Start opens ask unless it is open and returns a channel that is closed when it ends.
	Start func() (<-chan struct{}, error)
	// Mark returns the person's mark.
	Mark func() Mark
}

// Asker puts prompts into the ask window. It implements permissions.Prompter: nothing that arrives anywhere but on
// ask's inherited connection reaches its answers.
type Asker struct {
	o     AskerOptions
	stage *stage

	mu    sync.Mutex
	n     uint64
	shown *shown
	wake  chan struct{}
	// pending are the answers of which it is not known yet what came of them, by their nonces.
	pending map[string]chan permissions.Verdict
	// answered is when the person last answered here.
	answered time.Time
	// quiet is since when nothing has been asked; hide takes the empty window away.
	quiet time.Time
	hide  *time.Timer
}

// linger is how long the window stays without a question, so that the next one does not make it blink and a withdrawn
// one can be seen to have been withdrawn.
const linger = 400 * time.Millisecond

// shown is the one question on screen.
type shown struct {
	prompt  permissions.Prompt
	hash    string
	waiting func() int
	answers chan permissions.Answer
}

// NewAsker returns an Asker with nothing on screen.
func NewAsker(o AskerOptions) *Asker {
	return &Asker{o: o, stage: newStage(false, titled(0)), n: 1, wake: make(chan struct{}),
		pending: map[string]chan permissions.Verdict{}, quiet: time.Now(), hide: time.NewTimer(0)}
}

var _ permissions.Prompter = (*Asker)(nil)

// Ask implements permissions.Prompter. Where ask ends while a question is open it is started once more.
func (a *Asker) Ask(ctx context.Context, p permissions.Prompt, waiting func() int) (permissions.Answer, error) {
	s := &shown{prompt: p, hash: p.Hash(), waiting: waiting, answers: make(chan permissions.Answer, 1)}
	a.put(s)
	defer a.put(nil)
	for range 2 {
		ended, err := a.o.Start()
		if errors.Is(err, host.ErrNoDisplay) {
			return permissions.Answer{}, permissions.ErrUnavailable
		}
		if err != nil {
			return permissions.Answer{}, errors.Join(permissions.ErrUnavailable, err)
		}
		select {
		case answer := <-s.answers:
			return answer, nil
		case <-ctx.Done():
			return permissions.Answer{}, ctx.Err()
		case <-ended:
		}
		// An answer that arrived with the end of ask is an answer.
		select {
		case answer := <-s.answers:
			return answer, nil
		default:
		}
	}
	return permissions.Answer{}, permissions.ErrUnavailable
}

func (a *Asker) put(s *shown) {
	title := titled(s.behind())
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shown = s
	a.changed()
	a.hide.Stop()
	if s != nil {
		var n *Notice
		if time.Since(a.answered) > attentive {
			n = notice(s.prompt)
		}
		a.stage.call(title, n)
		a.stage.set(true, false)
		return
	}
	a.quiet = time.Now()
	a.stage.call(title, nil)
	a.hide = time.AfterFunc(linger, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.shown == nil {
			a.stage.set(false, false)
		}
	})
}

// Quiet is for how long nothing has been asked; 0 while a question is on screen.
func (a *Asker) Quiet() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shown != nil {
		return 0
	}
	return time.Since(a.quiet)
}

// changed wakes the long polls; the caller holds mu.
func (a *Asker) changed() {
	a.n++
	close(a.wake)
	a.wake = make(chan struct{})
}

// Recount tells ask that the number of questions behind the one on screen changed.
func (a *Asker) Recount() {
	a.mu.Lock()
	s := a.shown
	if s != nil {
		a.changed()
	}
	a.mu.Unlock()
	if s != nil {
		a.stage.rename(titled(s.behind()))
	}
}

// behind counts the questions behind s, 0 for none on screen. It asks the broker, so mu is not held.
func (s *shown) behind() int {
	if s == nil {
		return 0
	}
	return s.waiting()
}

// titled is ask's title with the number of questions, where there is more than the one on screen.
func titled(behind int) string {
	if behind == 0 {
		return "Gatehouse asks"
	}
	return fmt.Sprintf("(%d) Gatehouse asks", behind+1)
}

// Raise brings the question on screen to the front.
func (a *Asker) Raise() {
	a.mu.Lock()
	visible := a.shown != nil
	a.mu.Unlock()
	if visible {
		a.stage.set(true, true)
	}
}

// take hands the first answer that names the question on screen to its Ask. What comes of it arrives on the channel,
// which is nil where the answer was not taken.
func (a *Asker) take(answer permissions.Answer) <-chan permissions.Verdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shown == nil || answer.Nonce != a.shown.prompt.Nonce {
		return nil
	}
	select {
	case a.shown.answers <- answer:
	default:
		return nil
	}
	a.answered = time.Now()
	settled := make(chan permissions.Verdict, 1)
	a.pending[answer.Nonce] = settled
	return settled
}

// Settled says what came of the question with this nonce: permissions.Options.Settled.
func (a *Asker) Settled(nonce string, v permissions.Verdict) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if settled := a.pending[nonce]; settled != nil {
		settled <- v
		delete(a.pending, nonce)
	}
}

// Serve speaks ask's door on conn, the connection that one ask process inherited, until it ends.
func (a *Asker) Serve(conn net.Conn) { ServeConn(conn, a.Handler()) }

// Handler is ask's door. It must be served on nothing but ask's own connection.
func (a *Asker) Handler() http.Handler {
	mux := http.NewServeMux()
	door := humago.New(mux, config("1"))
	registerAsk(door, a)
	huma.Get(door, "/api/show", a.show)
	return mux
}

func registerAsk(api huma.API, a *Asker) {
	huma.Get(api, "/api/prompt", a.prompt)
	huma.Post(api, "/api/answer", a.answer)
	huma.Post(api, "/api/close", a.close)
}

type after struct {
	After uint64 `query:"after" doc:"the n of the last answer; 0 at first"`
}

// PromptState is what ask shows now.
type PromptState struct {
	N uint64 `json:"n"`
	// Prompt is null while nothing is asked: the page takes an answer without the word for a broken one.
	Prompt *permissions.Prompt `json:"prompt" required:"false"`
	// Hash names exactly this prompt; an answer carries it back.
	Hash    string `json:"hash"`
	Waiting int    `json:"waiting" doc:"questions behind this one"`
	Mark    Mark   `json:"mark"`
}

type promptOutput struct{ Body PromptState }

func (a *Asker) prompt(ctx context.Context, in *after) (*promptOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, pollFor)
	defer cancel()
	for {
		a.mu.Lock()
		n, s, wake := a.n, a.shown, a.wake
		a.mu.Unlock()
		if n == in.After {
			select {
			case <-wake:
				continue
			case <-ctx.Done():
			}
		}
		state := PromptState{N: n, Mark: a.o.Mark()}
		if s != nil {
			state.Prompt, state.Hash, state.Waiting = &s.prompt, s.hash, s.waiting()
		}
		return &promptOutput{state}, nil
	}
}

// settling is how long an answer may take to hold.
const settling = 8 * time.Second

// answer returns once the answer holds, or says that it does not.
func (a *Asker) answer(ctx context.Context, in *struct{ Body permissions.Answer }) (*struct{}, error) {
	answer := in.Body
	if answer.Picked != "" {
		var err error
		if answer.Picked, err = realFile(answer.Picked); err != nil {
			return nil, &Problem{Status: http.StatusUnprocessableEntity, Code: host.CodeInput, Detail: err.Error()}
		}
	}
	settled := a.take(answer)
	if settled == nil {
		return nil, &Problem{Status: http.StatusConflict, Code: host.CodeNotFound, Detail: "this question is no longer open"}
	}
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	select {
	case v := <-settled:
		if v == answer.Verdict {
			return nil, nil
		}
		return nil, &Problem{Status: http.StatusInternalServerError, Code: host.CodeStorage, Detail: "the answer does not hold: nothing was allowed"}
	case <-ctx.Done():
		return nil, &Problem{Status: http.StatusServiceUnavailable, Code: host.CodeStorage, Detail: "it is not known whether the answer holds"}
	}
}

// realFile is the name, without links, of the file that a person picked.
func realFile(picked string) (string, error) {
	if !filepath.IsAbs(picked) {
		return "", fmt.Errorf("%q is not a whole path", picked)
	}
	real, err := filepath.EvalSymlinks(picked)
	if err != nil {
		return "", fmt.Errorf("looking at the picked file: %w", err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", fmt.Errorf("looking at the picked file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%q is not a file", real)
	}
	return real, nil
}

// close is the person closing ask's window: the question on screen is denied once. The window is gone already, so the
// next question has to bring it back.
func (a *Asker) close(context.Context, *struct{}) (*struct{}, error) {
	a.mu.Lock()
	s := a.shown
	a.stage.set(false, false)
	a.mu.Unlock()
	if s != nil {
		a.take(permissions.Answer{Nonce: s.prompt.Nonce, Shown: s.hash, Verdict: permissions.Deny, Lifetime: permissions.Once})
	}
	return nil, nil
}

type stageOutput struct{ Body StageState }

func (a *Asker) show(ctx context.Context, in *after) (*stageOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, pollFor)
	defer cancel()
	return &stageOutput{a.stage.wait(ctx, in.After)}, nil
}

// ServeConn serves handler as cleartext HTTP/2 on one connection until that ends. It is for inherited connections,
// where the other end is a child and many requests share the one connection.
func ServeConn(conn net.Conn, handler http.Handler) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: handler, Protocols: protocols, ReadHeaderTimeout: 10 * time.Second}
	once := newOnce(conn)
	server.Serve(once)
}
