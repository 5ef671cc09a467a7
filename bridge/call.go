package bridge

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host"
	"gatehouse/permissions"
)

const (
	// progressEvery is how often a client is told that its call goes on.
	progressEvery = 5 * time.Second
	// pauseSettles is how long a call waits before its client is asked to look at Gatehouse: answers that are kept already
	// come sooner.
	pauseSettles = time.Second
	// mostRounds is how often a client is asked to come back with its state, and mostEmptyRounds where it can show nothing
	// to its person; clients end a call after ten and three.
	mostRounds      = 8
	mostEmptyRounds = 2
)

// call is one tools/call of a skill's tool.
func (d *door) call(ctx context.Context, r *mcp.CallToolRequest, name string) (*mcp.CallToolResult, error) {
	o, ok := d.find(name)
	if !ok {
		return nil, unknownTool(name)
	}
	w := &waiting{door: d, request: r, offered: o, began: time.Now(), revision: revision(r)}
	return w.run(ctx)
}

// run begins the call, or finds the one that the request belongs to, and waits for it.
func (w *waiting) run(ctx context.Context) (*mcp.CallToolResult, error) {
	parked, err := w.attach()
	if err != nil {
		return nil, err
	}
	if parked == nil {
		return w.failed, nil
	}
	return w.wait(ctx, parked)
}

// unknownTool says that there is none of this name, which may be anything.
func unknownTool(name string) error {
	const longest = 100
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	return mistake(jsonrpc.CodeInvalidParams, host.CodeNotFound, fmt.Sprintf("no tool is called %q", permissions.Visible(name)), searchTool+" finds the names")
}

// waiting is one request that waits for a parked call.
type waiting struct {
	door     *door
	request  *mcp.CallToolRequest
	offered  *offered
	began    time.Time
	revision string
	failed   *mcp.CallToolResult
	// own is what is done where the tool is no skill's.
	own    host.Own
	rounds int
	ticks  float64
	// resumed says that the request collects: the call is not its own.
	resumed bool
}

func (w *waiting) bond() bond {
	return bond{w.door.owner, "tools/call", w.request.Params.Name, w.request.Params.Arguments}
}

// attach finds the call that the request belongs to, or begins it. Without one, failed says why.
func (w *waiting) attach() (*host.Parked, error) {
	d, parking := w.door, w.door.server.Parking
	if sealed := w.request.Params.RequestState; sealed != "" {
		st, err := d.server.seal.unseal(sealed, w.bond())
		if err == nil {
			if parked, ok := parking.Unseal(d.owner, st.Ticket, st.Round); ok {
				w.rounds = st.Round
				return w.declined(parked, st.hasty())
			}
			err = errSeal
		}
		return nil, mistake(jsonrpc.CodeInvalidParams, host.CodeInput, err.Error(), "call the tool anew, without requestState")
	}
	call := host.Call{
		Skill: w.offered.pkg.Manifest.Name, Tool: w.offered.tool.Name, Input: w.request.Params.Arguments,
		Workspace: d.workspace, Client: d.client, Session: d.session, Profile: d.named,
		Own: w.own,
	}
	if len(call.Input) == 0 {
		call.Input = json.RawMessage("{}")
	}
	if parked, ok := parking.Again(d.owner, d.connection, call); ok {
		return parked, nil
	}
	parked, err := parking.Begin(d.owner, d.connection, call)
	if err != nil {
		w.failed = failure(w.offered, host.Explain(err))
		return nil, nil
	}
	return parked, nil
}

// declined ends a call whose client's person said there that they do not want it. Any other answer there says nothing:
// permission is given in Gatehouse alone. A program that has no person declines by itself, and at once: its call goes on,
// and it is shown no more.
func (w *waiting) declined(parked *host.Parked, hasty bool) (*host.Parked, error) {
	for _, response := range w.request.Params.InputResponses {
		if said, ok := response.(*mcp.ElicitResult); ok && hasty && said.Action != "accept" {
			w.door.unattended.Store(true)
		} else if ok && said.Action == "decline" {
			parked.Cancel()
			w.failed = failure(w.offered, &host.Error{Code: host.CodeCancelled, Message: "the person declined it"})
			return nil, nil
		}
	}
	return parked, nil
}

// wait holds the request until the call has ended or the client would give up.
func (w *waiting) wait(ctx context.Context, parked *host.Parked) (*mcp.CallToolResult, error) {
	d := w.door
	limit := d.server.patience.limit(d.patient(w.request))
	if w.resumed {
		limit = d.server.patience.probe(d.patient(w.request))
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	var tick <-chan time.Time
	if w.request.Params.GetProgressToken() != nil {
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		tick = ticker.C
	}
	var settles <-chan time.Time
	told := host.StageRunning
	for {
		stage, changed := parked.Stage()
		switch {
		case stage == host.StageEnded:
			return w.deliver(parked), nil
		case stage == host.StageWaiting && settles == nil && w.asks():
			settles = time.After(pauseSettles)
		case stage == host.StageRunning:
			settles = nil
		}
		if stage != told {
			told = stage
			w.progress(ctx, stage)
		}
		select {
		case <-changed:
		case <-tick:
			w.progress(ctx, stage)
		case <-settles:
			if w.rounds < mostRounds {
				return w.comeBack(parked), nil
			}
			settles = nil
		case <-late.C:
			return w.handOut(parked), nil
		case <-ctx.Done():
			w.leave(parked)
			return nil, ctx.Err()
		}
	}
}

// asks says whether this client can show its person where to answer, and come back.
func (w *waiting) asks() bool { return !w.resumed && w.revision >= anyOutput && w.shows() }

// shows says whether this client has a person before it that it shows something to.
func (w *waiting) shows() bool { return elicits(w.request) && !w.door.unattended.Load() }

// leave is what becomes of a call whose request has gone. One whose connection is lost goes on: the person may still be
// asked. One that its client took back ends.
func (w *waiting) leave(parked *host.Parked) {
	d := w.door
	if d.gone.Load() || w.resumed {
		parked.Detach()
	} else {
		parked.Cancel()
	}
	if !d.gone.Load() {
		why, _ := d.reason.Load().(string)
		d.server.patience.gaveUp(d.patient(w.request), time.Since(w.began), why)
	}
}

// deliver gives the client what came of the call.
func (w *waiting) deliver(parked *host.Parked) *mcp.CallToolResult {
	result, err := parked.Collect()
	d := w.door
	if waited := time.Since(w.began); waited > usualPatience/2 {
		d.server.patience.lasted(d.patient(w.request), waited)
	}
	if err != nil {
		return failure(w.offered, host.Explain(err))
	}
	return d.success(w.offered, result, w.revision)
}

// handOut ends the request before its client gives up. One that speaks of rounds gets another, as long as it will take
// it; everyone else gets the ticket.
func (w *waiting) handOut(parked *host.Parked) *mcp.CallToolResult {
	most := mostEmptyRounds
	if w.asks() {
		most = mostRounds
	}
	if !w.resumed && w.revision >= anyOutput && w.rounds < most {
		return w.comeBack(parked)
	}
	stage, _ := parked.Stage()
	return pending(w.offered, parked.HandOut(), stage)
}

// comeBack asks the client to make the request again with a sealed state, and where it can, to tell its person where the
// question is.
func (w *waiting) comeBack(parked *host.Parked) *mcp.CallToolResult {
	ticket, round := parked.Seal()
	result := &mcp.CallToolResult{
		InputRequests: mcp.InputRequestMap{}, RequestState: w.door.server.seal.seal(ticket, round, w.bond()),
	}
	if w.shows() {
		result.InputRequests["gatehouse"] = &mcp.ElicitParams{
			Mode:            "form",
			Message:         "A skill waits for your permission. Answer in the Gatehouse window, and then go on here. Declining here ends the call; nothing that you enter here allows anything.",
			RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
		}
	}
	return result
}

// progress tells a client that wants to know how far the call is.
func (w *waiting) progress(ctx context.Context, stage host.Stage) {
	token := w.request.Params.GetProgressToken()
	if token == nil {
		return
	}
	w.ticks++
	said := "running"
	if stage == host.StageWaiting {
		said = "waiting for your permission in Gatehouse"
	}
	// A client that cannot be told loses nothing but this.
	_ = w.request.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: w.ticks, Message: said})
}

// elicits says whether the client can ask its person something.
func elicits(r *mcp.CallToolRequest) bool {
	if said, ok := r.Params.GetMeta()[mcp.MetaKeyClientCapabilities].(map[string]any); ok {
		_, can := said["elicitation"]
		return can
	}
	params := r.Session.InitializeParams()
	return params != nil && params.Capabilities != nil && params.Capabilities.Elicitation != nil
}

// patient is under which name the patience of a request's client is known: the host's for it, and its own for its
// program, which decides nothing else.
func (d *door) patient(r *mcp.CallToolRequest) string {
	program := ""
	if params := r.Session.InitializeParams(); params != nil && params.ClientInfo != nil {
		program = params.ClientInfo.Name
	}
	if len(program) > 64 {
		program = program[:64]
	}
	return strings.Join([]string{d.client, program}, "\x00")
}
