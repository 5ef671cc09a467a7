package bridge

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host"
	"gatehouse/skill"
)

// The addresses of resources: a skill's text for agents, and a result that was too large for a reply.
const (
	textAddress   = "skill://%s/SKILL.md"
	textTemplate  = "skill://{name}/SKILL.md"
	resultAddress = "gatehouse://result/"
)

const markdown = "text/markdown"

func (d *door) addResources() {
	d.mcp.AddResourceTemplate(&mcp.ResourceTemplate{
		URITemplate: textTemplate, Name: "skill text", MIMEType: markdown,
		Description: "What a skill says of itself to agents: the skill's own words.",
	}, d.readText)
	d.mcp.AddResourceTemplate(&mcp.ResourceTemplate{
		URITemplate: resultAddress + "{id}", Name: "large result", MIMEType: "application/json",
		Description: "A result that was too large for a reply, for a day, for the client and session that it was made for.",
	}, d.readResult)
}

// offerTexts lists the texts of c's skills, and no others. The caller holds mu.
func (d *door) offerTexts(was, c *catalog) {
	if was != nil {
		for name := range was.skills {
			if c.skills[name] == nil {
				d.mcp.RemoveResources(fmt.Sprintf(textAddress, name))
			}
		}
	}
	for name := range c.skills {
		if was != nil && was.skills[name] != nil {
			continue
		}
		d.mcp.AddResource(&mcp.Resource{
			URI: fmt.Sprintf(textAddress, name), Name: name, MIMEType: markdown, Meta: mcp.Meta{metaSkill: name},
			Description: fmt.Sprintf("What the skill %s says of itself to agents: the skill's own words.", name),
		}, d.readText)
	}
}

func (d *door) readText(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	name, ok := strings.CutPrefix(r.Params.URI, "skill://")
	name, ends := strings.CutSuffix(name, "/"+skill.TextFile)
	d.mu.Lock()
	pkg := d.catalog.skills[name]
	d.mu.Unlock()
	if !ok || !ends || pkg == nil {
		return nil, mcp.ResourceNotFoundError(r.Params.URI)
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{
		URI: r.Params.URI, MIMEType: markdown, Text: legible(pkg.Text), Meta: mcp.Meta{metaSkill: name, metaDigest: string(pkg.Digest)},
	}}}, nil
}

func (d *door) readResult(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	id, ok := strings.CutPrefix(r.Params.URI, resultAddress)
	if !ok || d.server.Results == nil {
		return nil, mcp.ResourceNotFoundError(r.Params.URI)
	}
	kept, err := d.server.Results.read(id, d.owner, d.session)
	if err != nil {
		return nil, mcp.ResourceNotFoundError(r.Params.URI)
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{
		URI: r.Params.URI, MIMEType: "application/json", Text: string(kept.output), Meta: mcp.Meta{metaSkill: kept.skill},
	}}}, nil
}

// excerptSize is how much of a large result stands in the reply.
const excerptSize = 2 << 10

// elsewhere makes a result whose output is read as a resource. Where the tool promises structured output, a reply
// without any is an error to the client, and so it says that it is one.
func (d *door) elsewhere(result *mcp.CallToolResult, o *offered, r host.Result, revision string) {
	name := o.pkg.Manifest.Name
	result.IsError = o.mcp.OutputSchema != nil && revision >= structured
	beginning := strings.ToValidUTF8(string(r.Output[:excerptSize]), "")
	if d.server.Results == nil || len(r.Output) > maxLine/2 {
		result.IsError = true
		result.Content = []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf(
			"Gatehouse: the call ended well, but its result of %d bytes is too large to hand over.", len(r.Output))}}
		return
	}
	address, err := d.server.Results.keep(r.Output, name, d.owner, d.session)
	if err != nil {
		result.IsError = true
		result.Content = []mcp.Content{&mcp.TextContent{Text: "Gatehouse: the call ended well, but its result is too large for a reply and cannot be kept."}}
		return
	}
	result.Content = []mcp.Content{
		&mcp.TextContent{Text: fmt.Sprintf("Gatehouse: the call ended well. Its result of %d bytes is too large for a reply: read the resource %s. It begins so:", len(r.Output), address)},
		&mcp.TextContent{Text: beginning, Meta: mcp.Meta{metaSkill: name}},
	}
	if revision >= structured {
		size := int64(len(r.Output))
		result.Content = append(result.Content, &mcp.ResourceLink{URI: address, Name: "result", MIMEType: "application/json", Size: &size, Meta: mcp.Meta{metaSkill: name}})
	}
}

// mostCompletions is the protocol's bound.
const mostCompletions = 100

// complete offers the names of skills for the one address that has a name in it. Tools have no completion in the
// protocol: the values of an enum stand in their schemas.
func (d *door) complete(_ context.Context, r *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	result := &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}
	if r.Params.Ref.Type != "ref/resource" || r.Params.Ref.URI != textTemplate || r.Params.Argument.Name != "name" {
		return result, nil
	}
	for _, name := range d.skillNames() {
		if strings.HasPrefix(name, r.Params.Argument.Value) {
			result.Completion.Total++
			if len(result.Completion.Values) < mostCompletions {
				result.Completion.Values = append(result.Completion.Values, name)
			}
		}
	}
	result.Completion.HasMore = result.Completion.Total > len(result.Completion.Values)
	return result, nil
}

// bare stands for a skill that is no longer offered, for the words about its last call.
func bare(name string) *skill.Package {
	return &skill.Package{Manifest: skill.Manifest{Name: name}}
}
