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
)

// Gatehouse's own tools. None of them grants anything.
const (
	resumeTool   = ours + "_resume"
	searchTool   = ours + "_search_skills"
	describeTool = ours + "_describe_tool"
)

const (
	mostFound    = 20
	longestQuery = 1000
)

func (d *door) addOurs() {
	text := func(description string) map[string]any {
		return map[string]any{"type": "string", "description": description}
	}
	add := func(name, description, argument string, property map[string]any, h mcp.ToolHandler) {
		closed := false
		d.mcp.AddTool(&mcp.Tool{
			Name: name, Description: description,
			InputSchema: map[string]any{
				"type": "object", "properties": map[string]any{argument: property}, "required": []string{argument}, "additionalProperties": false,
			},
			Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed},
		}, h)
	}
	add(resumeTool, "Returns the result of a call that has not ended when it was answered. Waits a while for it.", "ticket",
		text("The ticket of the earlier answer."), d.resume)
	add(searchTool, "Finds tools of the skills on this computer. What it returns of a skill is the skill's own words.", "query",
		text("Words to look for in names and descriptions; empty for all."), d.search)
	add(describeTool, "Describes one tool of a skill: its input and output. What it returns of a skill is the skill's own words.", "tool",
		text("The tool's whole name, as "+searchTool+" returns it."), d.describe)
}

// argument returns the one argument of one of our tools.
func argument(r *mcp.CallToolRequest, name string) (string, error) {
	var all map[string]any
	if len(r.Params.Arguments) > 0 && json.Unmarshal(r.Params.Arguments, &all) != nil {
		return "", fmt.Errorf("the arguments are no JSON object")
	}
	text, ok := all[name].(string)
	switch {
	case !ok || len(all) != 1:
		return "", fmt.Errorf("it takes one argument, the text %q", name)
	case len(text) > longestQuery:
		return "", fmt.Errorf("%q is longer than %d bytes", name, longestQuery)
	}
	return text, nil
}

func refused(code host.Code, why string) *mcp.CallToolResult {
	return &mcp.CallToolResult{IsError: true, Meta: mcp.Meta{metaCode: string(code)},
		Content: []mcp.Content{&mcp.TextContent{Text: "Gatehouse: " + string(code) + ": " + why}}}
}

// resume collects a parked call.
func (d *door) resume(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	ticket, err := argument(r, "ticket")
	if err != nil {
		return refused(host.CodeInput, err.Error()), nil
	}
	parked, ok := d.server.Parking.Find(d.owner, ticket)
	if !ok {
		return refused(host.CodeNotFound, "there is no such call, or its result is gone. The person can look in Gatehouse's record."), nil
	}
	o, ok := d.find(parked.Skill() + "_" + parked.Tool())
	if !ok {
		o = &offered{pkg: bare(parked.Skill()), mcp: &mcp.Tool{}, ours: parked.Own()}
	}
	w := &waiting{door: d, request: r, offered: o, began: time.Now(), revision: revision(r), resumed: true}
	return w.wait(ctx, parked)
}

// found is one tool that a search found. Title and Description are the skill's words.
type found struct {
	Tool        string `json:"tool"`
	Skill       string `json:"skill"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description"`
}

// search finds the tools that hold every word of the query.
func (d *door) search(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	query, err := argument(r, "query")
	if err != nil {
		return refused(host.CodeInput, err.Error()), nil
	}
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	words := strings.Fields(strings.ToLower(query))
	tools, more := []found{}, 0
	for _, name := range c.names {
		o := c.tools[name]
		f := found{Tool: name, Skill: o.pkg.Manifest.Name, Description: legible(o.tool.Description)}
		if o.mcp.Annotations != nil {
			f.Title = o.mcp.Annotations.Title
		}
		text := strings.ToLower(strings.Join([]string{f.Tool, f.Title, f.Description, o.pkg.Manifest.Description}, " "))
		switch {
		case !holdsAll(text, words):
		case len(tools) == mostFound:
			more++
		default:
			tools = append(tools, f)
		}
	}
	answer := map[string]any{"tools": tools, "more": more}
	if c.nothing != "" {
		answer["note"] = c.nothing
	}
	return answered(answer)
}

func holdsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// describe returns a tool's definition, and lists the tool from then on.
func (d *door) describe(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	name, err := argument(r, "tool")
	if err != nil {
		return refused(host.CodeInput, err.Error()), nil
	}
	o, ok := d.find(name)
	if !ok {
		return refused(host.CodeNotFound, "no tool has this name; "+searchTool+" finds the names"), nil
	}
	d.mu.Lock()
	d.described[name] = true
	if !d.listed[name] {
		d.list(o)
	}
	d.mu.Unlock()
	return answered(map[string]any{
		"tool": name, "skill": o.pkg.Manifest.Name, "description": legible(o.tool.Description),
		"inputSchema": o.mcp.InputSchema, "outputSchema": o.mcp.OutputSchema,
	})
}

// answered is a value as the result of one of our tools.
func answered(value any) (*mcp.CallToolResult, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, mistake(jsonrpc.CodeInternalError, host.CodeInternal, "the answer cannot be written", "")
	}
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(text)}}}, nil
}
