package bridge

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"gatehouse/host"
	"gatehouse/permissions"
)

const (
	// lingering is how long a pipe waits for the host's last words after its client's.
	lingering = 2 * time.Second
	// mostTries is how often in a row a host may be lost as soon as it is found.
	mostTries = 5
)

// restarted is what a client hears of a request that the host was lost with. It is not made again.
const restarted = "the host restarted; see the record"

// ended is what it hears where it said all it had to say and did not wait for the reply.
const ended = "the connection ended before the reply; see the record"

// Pipe carries MCP between the agent that started this process and the host. It knows framing, id and method and no more.
// A lost host is found or started again when there is something to say to it; what waited for it is answered with an error
// and not said again, except the handshake, which the client does not see a second time.
type Pipe struct {
	In  io.Reader
	Out io.Writer
	// Dial reaches the host, after the greeting, starting it where none runs.
	Dial func(context.Context) (net.Conn, error)
	// Introduction is what the starter gave; its session is chosen by Run.
	Introduction Introduction

	writing sync.Mutex // of Out
	broken  error      // of Out; guarded by writing
	ctx     context.Context
	end     context.CancelFunc

	mu          sync.Mutex
	host        net.Conn                   // nil while there is none
	outstanding map[string]json.RawMessage // by what stands for the id, the id as it was written
	handshake   [][]byte                   // the client's initialize and initialized, for the next host
	handshakeID string
	swallow     string // the id of a reply that the client has already
	again       int    // how often the handshake was made again that no host has answered
	listening   sync.WaitGroup
}

// Run carries until the client ends its side, ctx ends, or nothing can be written to it. An error is that no host can be
// reached.
func (p *Pipe) Run(ctx context.Context) error {
	p.Introduction.Session = rand.Text()
	p.outstanding = map[string]json.RawMessage{}
	p.ctx, p.end = context.WithCancel(ctx)
	defer p.end()
	if err := p.connect(); err != nil {
		return err
	}
	said := make(chan error, 1)
	go func() { said <- p.carry() }()
	var err error
	select {
	case err = <-said:
		p.hearOut()
	case <-p.ctx.Done():
	}
	p.end()
	p.hangUp()
	p.listening.Wait()
	return err
}

// carry hands the client's lines to the host.
func (p *Pipe) carry() error {
	in := bufio.NewReaderSize(p.In, 64<<10)
	for {
		line, err := readLine(in, maxLine)
		switch {
		case errors.Is(err, errLong):
			p.say(errorLine(nil, jsonrpc.CodeInvalidRequest, host.CodeInput, "the message is larger than 16 MiB"))
			continue
		case err != nil:
			return nil // the client has said all
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := p.hand(line); err != nil {
			return err
		}
	}
}

// hand gives one line to the host, which is found again first where it was lost. A request that cannot be handed over is
// answered.
func (p *Pipe) hand(line []byte) error {
	messages := messagesOf(line)
	if p.full() {
		for _, m := range messages {
			if m.isRequest() {
				p.say(errorLine(idOf(m), jsonrpc.CodeInternalError, host.Code(permissions.CodeTooMany), "too many requests wait for their replies"))
			}
		}
		return nil
	}
	for range mostTries {
		host, err := p.reach()
		if err != nil {
			return err
		}
		if p.note(host, messages, line) {
			// One that is lost while it is written is answered by whoever finds that out.
			host.Write(append(line, '\n'))
			return nil
		}
	}
	return fmt.Errorf("reaching the host: %w", net.ErrClosed)
}

func (p *Pipe) full() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.outstanding) >= mostOutstanding
}

// reach returns the host's connection.
func (p *Pipe) reach() (net.Conn, error) {
	for range mostTries {
		p.mu.Lock()
		host := p.host
		p.mu.Unlock()
		if host != nil {
			return host, nil
		}
		if err := p.connect(); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("reaching the host: %w", net.ErrClosed)
}

// connect dials the host, introduces the pipe, and repeats the handshake that an earlier one had.
func (p *Pipe) connect() error {
	conn, err := p.Dial(p.ctx)
	if err != nil {
		return err
	}
	if err := p.Introduction.write(conn); err != nil {
		conn.Close()
		return fmt.Errorf("reaching the host: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.host != nil { // somebody was faster
		conn.Close()
		return nil
	}
	if p.handshake != nil && p.outstanding[p.handshakeID] == nil {
		p.swallow = p.handshakeID
	}
	for _, line := range p.handshake {
		conn.Write(append(line, '\n')) // a host that is lost again is noticed by listen
	}
	p.host = conn
	p.listening.Go(func() { p.listen(conn) })
	return nil
}

// note remembers what a line waits for, and the handshake; false where host is lost already.
func (p *Pipe) note(host net.Conn, messages []message, line []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.host != host {
		return false
	}
	for _, m := range messages {
		if key, ok := keyOf(m.id); ok && m.isRequest() { // the host refuses any other, whoever waits for it
			p.outstanding[key] = m.id
		}
	}
	switch {
	case len(messages) != 1:
	case messages[0].method == "initialize" && p.handshake == nil:
		p.handshakeID, _ = keyOf(messages[0].id)
		p.handshake = [][]byte{bytes.Clone(line)}
	case messages[0].method == "notifications/initialized" && len(p.handshake) == 1:
		p.handshake = append(p.handshake, bytes.Clone(line))
	}
	return true
}

// listen hands the host's lines to the client until the host is lost.
func (p *Pipe) listen(host net.Conn) {
	in := bufio.NewReaderSize(host, 64<<10)
	for {
		line, err := readLine(in, 4*maxLine)
		if err != nil && !errors.Is(err, errLong) {
			break
		}
		if err == nil && p.settle(messagesOf(line)) {
			p.say(append(line, '\n'))
		}
	}
	host.Close()
	p.lose()
}

// lose answers what a host was lost with. A handshake that it has not answered is made again with the next one.
func (p *Pipe) lose() {
	p.mu.Lock()
	lost := p.outstanding
	p.outstanding, p.host = map[string]json.RawMessage{}, nil
	first := lost[p.handshakeID]
	retry := first != nil && p.handshake != nil && p.again < mostTries && p.ctx.Err() == nil
	if retry {
		p.again++
		delete(lost, p.handshakeID)
		p.outstanding[p.handshakeID] = first
	}
	p.mu.Unlock()
	why := restarted
	if p.ctx.Err() != nil {
		why = ended
	}
	for _, id := range lost {
		p.say(errorLine(id, jsonrpc.CodeInternalError, host.CodeNoHost, why))
	}
	if retry && p.connect() != nil {
		p.say(errorLine(first, jsonrpc.CodeInternalError, host.CodeNoHost, "the host cannot be reached"))
		p.end()
	}
}

// settle notes which requests have their replies, and says whether the client is to see them.
func (p *Pipe) settle(messages []message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range messages {
		key, ok := keyOf(m.id)
		if m.method != "" || !ok {
			continue
		}
		if p.swallow != "" && key == p.swallow && p.outstanding[key] == nil {
			p.swallow = ""
			return false
		}
		delete(p.outstanding, key)
	}
	return true
}

// say writes to the client. One that cannot be written to is gone.
func (p *Pipe) say(line []byte) {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.broken == nil {
		if _, p.broken = p.Out.Write(line); p.broken != nil {
			p.end()
		}
	}
}

// hearOut gives the host a moment for what is still outstanding.
func (p *Pipe) hearOut() {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(lingering)
	for {
		p.mu.Lock()
		done := len(p.outstanding) == 0 || p.host == nil
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			return
		case <-p.ctx.Done():
			return
		}
	}
}

func (p *Pipe) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.host != nil {
		p.host.Close()
	}
}

// messagesOf reads a line as far as a pipe does; what cannot be read is nothing, and the host says what is wrong with it.
func messagesOf(line []byte) (all []message) {
	line = bytes.TrimSpace(line)
	var parts []json.RawMessage // apart from line, which goes on as it is
	switch {
	case len(line) == 0 || line[0] != '[':
		parts = append(parts, line)
	case json.Unmarshal(line, &parts) != nil || len(parts) > maxBatch:
		return nil
	}
	for _, part := range parts {
		if m, ok := messageOf(part); ok {
			all = append(all, m)
		}
	}
	return all
}
