package bridge

import (
	"context"
	"encoding/json"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/host"
	"gatehouse/skill"
)

// wassette is what the names of these tools begin with in the record and in questions, where no skill's tool can: a colon
// is in none.
const wassette = "wassette:"

// foreign is one of Wassette's built-in tools, by its name and with its shapes. None of them grants anything: what there
// widens is a question to the person, in ask.
type foreign struct {
	name, description string
	input             map[string]any
	reads             bool
	do                func(*visit) (any, error)
}

// visit is one call of a foreign tool.
type visit struct {
	ctx  context.Context
	door *door
	desk *host.Desk
	arguments
}

// foreigners are the twelve. Their input schemas are those that agents know from there.
func foreigners() []foreign {
	path := property("string", "The full path of a skill's folder or .wasm file, as file:// or plain.")
	load := object(map[string]any{
		"path": path, "package": property("string", "A package of a registry."), "version": property("string", "Its tag; only with package."),
	})
	load["oneOf"] = []any{
		map[string]any{"required": []string{"path"}, "not": map[string]any{"anyOf": []any{
			map[string]any{"required": []string{"package"}}, map[string]any{"required": []string{"version"}},
		}}},
		map[string]any{"required": []string{"package"}, "not": map[string]any{"required": []string{"path"}}},
	}
	access := map[string]any{
		"type": "array", "items": map[string]any{"type": "string", "enum": []string{"read", "write"}}, "description": "What it wants to do there.",
	}
	uri := property("string", "A file or a folder with all in it: fs:// and its full path, or a path in the workspace.")
	name := property("string", "The host's name, with a port where that matters.")
	key := property("string", "The variable's name.")
	return []foreign{
		{"load-component", "Proposes to the person to install a skill that lies on this computer, and waits for their answer.", load, false, (*visit).load},
		{"unload-component", "Is the person's alone: says how they hide a skill.", object(map[string]any{"id": componentID}, "id"), true, (*visit).unload},
		{"list-components", "Lists the skills with their tools. What it returns of a skill is the skill's own words.", object(nil), true, (*visit).list},
		{"search-components", "Searches the skills that are here. What it returns of a skill is the skill's own words.", object(map[string]any{
			"query":  property("string", "Words to look for; none for all."),
			"offset": map[string]any{"type": "integer", "minimum": 0, "description": "How many to leave out at the beginning."},
			"limit":  map[string]any{"type": "integer", "minimum": 1, "maximum": mostPage, "default": usualPage, "description": "How many at most."},
		}), true, (*visit).find},
		{"get-policy", "Says what a skill may be given at most. What was given is the person's to know.", object(map[string]any{"component_id": componentID}, "component_id"), true, (*visit).policy},
		{"grant-storage-permission", "Asks the person to let a skill read or write files, and waits for their answer. Seldom needed: a skill that needs them asks by itself.",
			about(map[string]any{"uri": uri, "access": access}, "uri", "access"), false, (*visit).grantStorage},
		{"grant-network-permission", "Asks the person to let a skill reach a host, and waits for their answer. Seldom needed: a skill that needs it asks by itself.",
			about(map[string]any{"host": name}, "host"), false, (*visit).grantNetwork},
		{"grant-environment-variable-permission", "Asks the person to let a skill use a variable, and waits for their answer.",
			about(map[string]any{"key": key}, "key"), false, (*visit).grantVariable},
		{"revoke-storage-permission", "Takes back what the person allowed this client to have a skill do with files there.",
			about(map[string]any{"uri": uri}, "uri"), false, (*visit).revokeStorage},
		{"revoke-network-permission", "Takes back what the person allowed this client to have a skill reach there.",
			about(map[string]any{"host": name}, "host"), false, (*visit).revokeNetwork},
		{"revoke-environment-variable-permission", "Takes back that this client may have a skill use a variable.",
			about(map[string]any{"key": key}, "key"), false, (*visit).revokeVariable},
		{"reset-permission", "Takes back everything that the person allowed this client to have a skill do.",
			object(map[string]any{"component_id": componentID}, "component_id"), false, (*visit).reset},
	}
}

var componentID = property("string", "A skill's name, as list-components says it.")

func property(kind, description string) map[string]any {
	return map[string]any{"type": kind, "description": description}
}

func object(properties map[string]any, required ...string) map[string]any {
	if properties == nil {
		properties = map[string]any{}
	}
	return map[string]any{"type": "object", "properties": properties, "required": append([]string{}, required...)}
}

// about is the schema of what is said about one skill in details.
func about(details map[string]any, required ...string) map[string]any {
	inner := object(details, required...)
	inner["additionalProperties"] = false
	return object(map[string]any{"component_id": componentID, "details": inner}, "component_id", "details")
}

// offerForeign lists Wassette's tools or takes them out of the list, as the person chose. The caller holds mu.
func (d *door) offerForeign() {
	wanted := d.server.Wassette != nil && d.server.Wassette() && !d.stranger
	if wanted == d.foreign {
		return
	}
	d.foreign = wanted
	for _, f := range foreigners() {
		if !wanted {
			d.mcp.RemoveTools(f.name)
			continue
		}
		closed := false
		d.mcp.AddTool(&mcp.Tool{
			Name: f.name, Description: f.description, InputSchema: f.input,
			Annotations: &mcp.ToolAnnotations{ReadOnlyHint: f.reads, DestructiveHint: &closed, OpenWorldHint: &closed},
		}, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return d.visited(ctx, r, f)
		})
	}
}

// visited is one tools/call of a foreign tool. It is a call of the host like that of a skill's tool: it has its lines in the
// record, may be parked, and counts among what its client has not ended.
func (d *door) visited(ctx context.Context, r *mcp.CallToolRequest, f foreign) (*mcp.CallToolResult, error) {
	arguments, invalid := readArguments(r.Params.Arguments)
	own := func(ctx context.Context, desk *host.Desk) (json.RawMessage, error) {
		if invalid != nil {
			return nil, wrong(invalid)
		}
		answer, err := f.do(&visit{ctx, d, desk, arguments})
		if err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	}
	w := &waiting{door: d, request: r, own: own, began: time.Now(), revision: revision(r), offered: &offered{
		pkg: bare(d.component(arguments)), tool: skill.Tool{Name: wassette + f.name}, mcp: &mcp.Tool{}, ours: true,
	}}
	return w.run(ctx)
}

// component is the skill that the arguments name, where this client is offered it; empty for every other.
func (d *door) component(a arguments) string {
	for _, member := range []string{"component_id", "id"} {
		if name, err := a.text(member); err == nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.catalog.skills[name] != nil {
				return name
			}
		}
	}
	return ""
}

func wrong(err error) error { return &host.Error{Code: host.CodeInput, Message: err.Error()} }

// about returns the skill that the visit is about. One that this client is not offered is as if it were not there.
func (v *visit) about(member string) (*skill.Package, error) {
	if _, err := v.text(member); err != nil {
		return nil, wrong(err)
	}
	pkg := v.desk.Skill()
	if pkg == nil {
		return nil, &host.Error{Code: host.CodeNotFound, Message: "there is no such component; list-components says which there are"}
	}
	return pkg, nil
}
