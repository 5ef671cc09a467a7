package api

import (
	"context"
	"errors"
	"net"
	"net/http"
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
	return &Asker{o: o, stage: newStage(false), n: 1, wake: make(chan struct{}), quiet: time.Now(), hide: time.NewTimer(0)}
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
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shown = s
	a.changed()
	a.hide.Stop()
	if s != nil {
		a.stage.set(true, false)
		return
	}
	a.quiet = time.Now()
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
	defer a.mu.Unlock()
	if a.shown != nil {
		a.changed()
	}
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

// take hands the first answer that names the question on screen to its Ask, and says whether it did.
func (a *Asker) take(answer permissions.Answer) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shown == nil || answer.Nonce != a.shown.prompt.Nonce {
		return false
	}
	select {
	case a.shown.answers <- answer:
		return true
	default:
		return false
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

func (a *Asker) answer(_ context.Context, in *struct{ Body permissions.Answer }) (*struct{}, error) {
	if !a.take(in.Body) {
		return nil, &Problem{Status: http.StatusConflict, Code: host.CodeNotFound, Detail: "this question is no longer open"}
	}
	return nil, nil
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
	return &stageOutput{a.stage.wait(ctx, in.After, "Gatehouse asks")}, nil
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
