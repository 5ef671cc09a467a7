package host

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"gatehouse/permissions"
	"gatehouse/skill"
)

// Own is what one of Gatehouse's own tools does in the place of a skill's. It is a call like every other: it has its two
// lines in the record and its place in Parking, and may wait for a person; but no guest runs. What it returns is the
// call's output.
type Own func(ctx context.Context, d *Desk) (json.RawMessage, error)

// Desk is what an own tool can do for the call's client about the call's skill. Nothing of it widens anything before a
// person said so.
type Desk struct {
	host  *Host
	id    string
	call  Call
	who   prepared
	notes Result
}

// own does what c's own tool does.
func (h *Host) own(ctx context.Context, id string, p prepared, c Call) (Result, error) {
	d := &Desk{host: h, id: id, call: c, who: p}
	output, err := c.Own(ctx, d)
	if err == nil {
		d.notes.Output = output
	}
	return d.notes, err
}

// Skill is the call's skill; nil where the call names none.
func (d *Desk) Skill() *skill.Package { return d.who.pkg }

// Ask asks for what e names, ahead of the skill. It returns nil only if all of it is allowed now, blocks while a person is
// asked, and is an *Error with CodeInput where no grant can name e.
func (d *Desk) Ask(ctx context.Context, e permissions.Extent) error {
	grants, err := d.resolved(e).Grants(d.who.asked, d.who.subject.Workspace)
	if err != nil {
		return input(err.Error(), "")
	}
	guard := d.host.Broker.Begin(d.who.subject, d.who.asked, permissions.CallInfo{
		ID: d.id, Tool: d.call.Tool, Arguments: string(d.call.Input), Waiting: d.call.Waiting,
	})
	defer guard.End()
	err = guard.AskAhead(ctx, grants)
	d.notes.Usage.Waiting, d.notes.Refusals = guard.Waited(), guard.Refusals()
	return err
}

// TakeBack takes back what the person allowed this client to have the skill do in its workspace, as far as it is for
// something of e; the zero Extent is everything. left says that something of it may be done all the same, since it does
// not rest on such an answer.
func (d *Desk) TakeBack(e permissions.Extent) (left bool, err error) {
	e = d.resolved(e)
	var grants []permissions.Grant
	if e.Path+e.Host+e.Variable != "" {
		if grants, err = e.Grants(d.who.asked, d.who.subject.Workspace); err != nil {
			return false, input(err.Error(), "")
		}
	}
	if err := d.host.Broker.TakeBack(d.who.subject, e); err != nil {
		return false, err
	}
	d.host.Changes.Touch(TopicDecisions)
	for _, g := range grants {
		left = left || d.host.Broker.Explain(d.who.subject, d.who.asked, g).Verdict == permissions.Allow
	}
	return left, nil
}

// resolved spells a path from the workspace where the client knows that by another name than its real one.
func (d *Desk) resolved(e permissions.Extent) permissions.Extent {
	if d.call.Workspace == "" {
		return e
	}
	below, inside := strings.CutPrefix(e.Path, filepath.ToSlash(filepath.Clean(d.call.Workspace)))
	if inside && (below == "" || below[0] == '/') {
		e.Path = d.who.subject.Workspace + below
	}
	return e
}

// Wait calls do, which waits for a person: whoever waits for the call is told so.
func (d *Desk) Wait(do func() error) error {
	if d.call.Waiting != nil {
		d.call.Waiting(true)
		defer d.call.Waiting(false)
	}
	return do()
}
