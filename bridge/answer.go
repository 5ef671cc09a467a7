package bridge

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host"
)

// What results and definitions carry beside their text, for programs.
const (
	metaSkill    = "gatehouse/skill"    // whose words it is
	metaDigest   = "gatehouse/digest"   // of that skill's code
	metaCall     = "gatehouse/call"     // the call in the record
	metaCode     = "gatehouse/code"     // of an error
	metaGrant    = "gatehouse/grant"    // that was refused
	metaTicket   = "gatehouse/ticket"   // of a call that waits
	metaRefusals = "gatehouse/refusals" // what the skill did without
)

// largestReply is how many bytes of output go into a reply.
const largestReply = 256 << 10

// success is a call's output. What the skill was refused on the way is said beside it.
func (d *door) success(o *offered, r host.Result, revision string) *mcp.CallToolResult {
	name := o.pkg.Manifest.Name
	result := &mcp.CallToolResult{Meta: o.mark(mcp.Meta{metaCall: r.Call})}
	if len(r.Output) > largestReply {
		d.elsewhere(result, o, r, revision)
	} else {
		content, readable := o.media.take(r.Output, name)
		result.Content = append([]mcp.Content{&mcp.TextContent{Text: plain(readable), Meta: o.mark(mcp.Meta{})}}, content...)
		if o.mcp.OutputSchema != nil && (revision >= anyOutput || revision >= structured && o.object) {
			result.StructuredContent = r.Output
		}
	}
	if len(r.Refusals) > 0 {
		var refusals []map[string]string
		var said []string
		for _, refusal := range r.Refusals {
			refusals = append(refusals, map[string]string{"code": string(refusal.Code), "grant": refusal.Grant})
			said = append(said, string(refusal.Code)+" "+refusal.Grant)
		}
		result.Meta[metaRefusals] = refusals
		result.Content = append(result.Content, &mcp.TextContent{Text: "Gatehouse: the skill did without " +
			legible(strings.Join(said, ", ")) + ". The person can decide in Gatehouse."})
	}
	return result
}

// plain is a JSON value for reading: a text is itself.
func plain(output json.RawMessage) string {
	var text string
	if json.Unmarshal(output, &text) == nil {
		return text
	}
	return string(output)
}

// failure says why a call has no output: the code, the grant where there is one, that the person can decide, and no
// more. What is wrong on this computer is not the agent's business.
func failure(o *offered, e *host.Error) *mcp.CallToolResult {
	meta := o.mark(mcp.Meta{metaCode: string(e.Code)})
	if e.Call != "" {
		meta[metaCall] = e.Call
	}
	if e.Grant != "" {
		meta[metaGrant] = e.Grant
	}
	return &mcp.CallToolResult{IsError: true, Meta: meta, Content: []mcp.Content{
		&mcp.TextContent{Text: "Gatehouse: " + string(e.Code) + ": " + sentence(o, e)},
	}}
}

func sentence(o *offered, e *host.Error) string {
	if o.ours && (e.Code == host.CodeNotFound || e.Code == host.CodeUnsupported || e.Code == host.CodeSkill) {
		return legible(e.Message)
	}
	switch e.Code {
	case host.CodeDenied, host.CodeTimeout, host.CodeUnavailable:
		if e.Grant == "" {
			return "the person did not agree, or was not there to. They can decide in Gatehouse."
		}
	}
	switch e.Code {
	case host.CodeDenied:
		return legible(e.Grant) + " was not permitted. The person can decide in Gatehouse."
	case host.CodeUndeclared:
		return legible(e.Grant) + " is more than the skill's manifest asks for. Only a new version of the skill can ask for it."
	case host.CodeTimeout:
		return "nobody answered whether the skill may have " + legible(e.Grant) + ". The person can decide in Gatehouse."
	case host.CodeUnavailable:
		return "nobody could be asked whether the skill may have " + legible(e.Grant) + ". The person can open Gatehouse."
	case "too_many_requests":
		return "too much of this is going on at once. Nothing of this call was done; try again later."
	case host.CodeInput:
		if o.ours {
			return legible(e.Message)
		}
		return legible(e.Message) + ". " + describeTool + " shows what it takes."
	case host.CodeGuest:
		said := e.Detail
		if said == "" {
			said = e.Message
		}
		return fmt.Sprintf("the skill %s failed. Its own words: %s", o.pkg.Manifest.Name, legible(said))
	case host.CodeCancelled:
		return "the call was ended before it was done."
	case host.CodeDrift:
		return "the skill is no longer what the person installed, so it does not run."
	case host.CodeNotFound:
		return "there is no such tool any more."
	}
	if strings.HasPrefix(string(e.Code), "limit_") {
		return "the skill ran into one of its limits."
	}
	return "Gatehouse could not do it; the record says more to the person."
}

// pending is the result of a call that has not ended. It is an error to programs, since it has not the tool's output.
func pending(o *offered, ticket string, stage host.Stage) *mcp.CallToolResult {
	code, why := host.CodePending, "It waits for the person's answer in the Gatehouse window. Tell them so."
	if stage != host.StageWaiting {
		why = "It is still running."
	}
	arguments, _ := json.Marshal(map[string]string{"ticket": ticket}) // two strings
	return &mcp.CallToolResult{
		IsError: true, Meta: o.mark(mcp.Meta{metaCode: string(code), metaTicket: ticket}),
		Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf(
			"Gatehouse: %s: the call has not ended. %s Do not call the tool again; to get its result, call %s with %s.", code, why, resumeTool, arguments)}},
	}
}
