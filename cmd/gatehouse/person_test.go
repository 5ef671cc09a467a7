package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"gatehouse/host/api"
	"gatehouse/permissions"
)

// person sits before a host of their own and clicks in what ask and window show.
type person struct {
	host        *exec.Cmd
	ask, window door
	// agents is where the host speaks MCP over HTTP.
	agents string
	// answered is the nonce of the question that was answered last: it may stay on the screen for a moment.
	answered string
}

// sitDown starts a host for the state folder home with a person before it. The caller calls leave.
func sitDown(home string) (*person, error) {
	var said bytes.Buffer
	cmd := exec.Command(program(), "host", "--dev", "127.0.0.1:0", "--dev-agents", "127.0.0.1:0", "--home", home)
	cmd.Stderr, cmd.WaitDelay = &said, time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	late := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer late.Stop()
	p := &person{host: cmd}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		p.leave()
		return nil, fmt.Errorf("the host said no address: %w: %s", err, said.String())
	}
	var at struct{ Ask, Window, Agents string }
	if err := json.Unmarshal(line, &at); err != nil {
		p.leave()
		return nil, err
	}
	p.ask, p.window, p.agents = doorOf(at.Ask), doorOf(at.Window), at.Agents
	return p, nil
}

// leave ends the host at once, as a crash would, and waits for its end.
func (p *person) leave() {
	p.host.Process.Kill()
	p.host.Wait()
}

// ended waits until a host that is to stop has ended, and so let go of its database.
func (p *person) ended() {
	late := time.AfterFunc(patience, func() { p.host.Process.Kill() })
	defer late.Stop()
	p.host.Wait()
}

// next waits for a question that is not the one answered last.
func (p *person) next(ctx context.Context) (api.PromptState, error) {
	return p.until(ctx, func(s api.PromptState) bool { return s.Prompt != nil && s.Prompt.Nonce != p.answered })
}

// nothing waits until ask shows no question.
func (p *person) nothing(ctx context.Context) error {
	_, err := p.until(ctx, func(s api.PromptState) bool { return s.Prompt == nil })
	return err
}

func (p *person) until(ctx context.Context, right func(api.PromptState) bool) (api.PromptState, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var s api.PromptState
	for {
		var seen api.PromptState
		if err := p.ask.get(ctx, fmt.Sprintf("/api/prompt?after=%d", s.N), &seen); err != nil {
			return s, fmt.Errorf("looking at ask, which showed %s: %w", told(s), err)
		}
		if s = seen; right(s) {
			return s, nil
		}
	}
}

func told(s api.PromptState) string {
	if s.Prompt == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s %q", s.Prompt.Verb, s.Prompt.Name)
}

// answer answers the next question as clicks in ask would. about must stand in its name or path, or be - for any; how
// is `quick`, `close`, `deny`, `deny LIFETIME`, or a rung counted from 1 (or `last`) and a lifetime.
func (p *person) answer(ctx context.Context, about string, how ...string) error {
	s, err := p.next(ctx)
	if err != nil {
		return err
	}
	if about != "-" && !strings.Contains(s.Prompt.Name+" "+s.Prompt.Object.Path, about) {
		return fmt.Errorf("the question is %s (%q), not about %q", told(s), s.Prompt.Object.Path, about)
	}
	path, body := "/api/answer", any(nil)
	if how[0] == "close" {
		path, body = "/api/close", struct{}{}
	} else if body, err = clicked(s, how); err != nil {
		return err
	}
	status, text, err := p.ask.post(ctx, path, body)
	if err == nil && status != http.StatusNoContent {
		err = fmt.Errorf("answering: status %d: %s", status, text)
	}
	p.answered = s.Prompt.Nonce
	return err
}

// clicked is the answer that clicks make.
func clicked(s api.PromptState, how []string) (permissions.Answer, error) {
	a := permissions.Answer{Nonce: s.Prompt.Nonce, Shown: s.Hash, Verdict: permissions.Allow}
	if len(how) > 1 {
		a.Lifetime = permissions.Lifetime(how[1])
	}
	switch {
	case how[0] == "quick":
		a.Rung, a.Lifetime = s.Prompt.Quick.Rung, s.Prompt.Quick.Lifetime
	case how[0] == "deny":
		a.Verdict = permissions.Deny
		if a.Lifetime == "" {
			a.Lifetime = permissions.Once
		}
	case len(how) != 2:
		return a, fmt.Errorf("an answer is quick, close, deny, deny LIFETIME or RUNG LIFETIME; not %q", how)
	case how[0] == "last":
		a.Rung = len(s.Prompt.Rungs) - 1
	default:
		rung, err := strconv.Atoi(how[0])
		a.Rung = rung - 1
		return a, err
	}
	return a, nil
}

// door is what one page of the dev host can reach.
type door struct {
	base, key string
	// kind is the Content-Type of what is posted; application/json where empty.
	kind string
	// way leads there; nil is as the address says.
	way http.RoundTripper
}

func doorOf(page string) door {
	u, err := url.Parse(page)
	if err != nil {
		return door{}
	}
	return door{base: u.Scheme + "://" + u.Host, key: u.Query().Get("token")}
}

// direct goes no other way than the address says.
var direct = &http.Transport{}

func (d door) get(ctx context.Context, path string, out any) error {
	status, text, err := d.do(ctx, http.MethodGet, path, nil)
	switch {
	case err != nil:
		return err
	case status != http.StatusOK:
		return fmt.Errorf("%s: status %d: %s", path, status, text)
	}
	return json.Unmarshal(text, out)
}

func (d door) post(ctx context.Context, path string, body any) (int, []byte, error) {
	return d.send(ctx, http.MethodPost, path, body)
}

// send sends body as JSON; nil is no body.
func (d door) send(ctx context.Context, method, path string, body any) (int, []byte, error) {
	if body == nil {
		return d.do(ctx, method, path, nil)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	return d.do(ctx, method, path, text)
}

func (d door) do(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, d.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("X-Gatehouse-Key", d.key)
	if d.kind == "" {
		d.kind = "application/json"
	}
	request.Header.Set("Content-Type", d.kind)
	if d.way == nil {
		d.way = direct
	}
	response, err := d.way.RoundTrip(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}
