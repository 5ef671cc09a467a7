package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/permissions"
	"gatehouse/skill"
)

const (
	// ours is what the names of Gatehouse's own tools begin with; no skill may be called so.
	ours = "gatehouse"
	// longestName is what the protocol lets a tool's name be.
	longestName = 128
)

// catalog is what a profile offers to agents, made once for all its connections.
type catalog struct {
	tools  map[string]*offered
	names  []string // of tools, sorted
	skills map[string]*skill.Package
	// nothing says why it offers no tool; empty where it offers some.
	nothing string
	// print is the same for catalogs that offer the same.
	print string
}

// Why there is nothing to offer, for whoever asks.
const (
	noneIsOn   = "No skill is turned on for this client. The person turns skills on in Gatehouse."
	noProfile  = "What this client's profile offers cannot be read, or there is no such profile. The person can look with: gatehouse profile list"
	notItsWord = "The token in this client's configuration is nobody's any more, so no skill is offered to it. The person connects it anew: gatehouse mcp connect"
)

// emptyCatalog offers nothing, and says why.
func emptyCatalog(why string) *catalog {
	c := newCatalog(nil)
	c.nothing, c.print = why, why
	return c
}

// offered is one tool of a skill as agents see it.
type offered struct {
	pkg  *skill.Package
	tool skill.Tool
	mcp  *mcp.Tool
	// object says whether its output is always a JSON object, which is all that older revisions know.
	object bool
	media  media
	// ours says that it is no skill's but Gatehouse's own, done about the skill.
	ours bool
}

// mark says in meta whose words a result is, where they are a skill's.
func (o *offered) mark(meta mcp.Meta) mcp.Meta {
	if !o.ours {
		meta[metaSkill] = o.pkg.Manifest.Name
	}
	return meta
}

// newCatalog names every tool SKILL_TOOL. A skill's name has no underscore, so two skills cannot meet; names that differ
// in case alone, or that are ours, are offered to nobody.
func newCatalog(packages []*skill.Package) *catalog {
	c := &catalog{tools: map[string]*offered{}, skills: map[string]*skill.Package{}}
	var prints []string
	taken := map[string]int{}
	for _, pkg := range packages {
		for _, tool := range pkg.Manifest.Tools {
			taken[strings.ToLower(toolName(pkg, tool))]++
		}
	}
	for _, pkg := range packages {
		name := pkg.Manifest.Name
		if name == ours {
			continue
		}
		c.skills[name] = pkg
		prints = append(prints, fmt.Sprint(name, pkg.Digest, pkg.Manifest.CapabilitiesHash(), skill.DigestOf([]byte(pkg.Text))))
		for _, tool := range pkg.Manifest.Tools {
			full := toolName(pkg, tool)
			if taken[strings.ToLower(full)] > 1 || len(full) > longestName {
				continue
			}
			if o := offer(pkg, tool, full); o != nil {
				c.tools[full] = o
				c.names = append(c.names, full)
			}
		}
	}
	slices.Sort(c.names)
	slices.Sort(prints)
	c.print = strings.Join(prints, "\n")
	if len(c.names) == 0 {
		c.nothing = noneIsOn
	}
	return c
}

func toolName(pkg *skill.Package, tool skill.Tool) string { return pkg.Manifest.Name + "_" + tool.Name }

// offer makes the tool's definition; nil for one whose schemas the protocol cannot carry.
func offer(pkg *skill.Package, tool skill.Tool, full string) *offered {
	input, ok := schemaOf(tool.InputSchema)
	if !ok {
		return nil
	}
	input["type"] = "object" // it always is; the protocol wants it said
	o := &offered{pkg: pkg, tool: tool, mcp: &mcp.Tool{
		Name: full, Description: described(pkg, tool), InputSchema: input, Annotations: annotations(tool),
		Meta: mcp.Meta{metaSkill: pkg.Manifest.Name, metaDigest: string(pkg.Digest)},
	}}
	if len(tool.OutputSchema) > 0 {
		output, ok := schemaOf(tool.OutputSchema)
		if !ok {
			return nil
		}
		o.mcp.OutputSchema, o.object, o.media = output, output["type"] == "object", mediaOf(output)
	}
	return o
}

// described is a tool's description, marked as the skill's own.
func described(pkg *skill.Package, tool skill.Tool) string {
	return fmt.Sprintf("The skill %s says: %s", pkg.Manifest.Name, legible(tool.Description))
}

func annotations(tool skill.Tool) *mcp.ToolAnnotations {
	a := tool.Annotations
	if a == nil {
		return nil
	}
	said := func(b *bool) bool { return b != nil && *b }
	return &mcp.ToolAnnotations{
		Title: legible(a.Title), ReadOnlyHint: said(a.ReadOnlyHint), DestructiveHint: a.DestructiveHint,
		IdempotentHint: said(a.IdempotentHint), OpenWorldHint: a.OpenWorldHint,
	}
}

// schemaOf reads a schema for the protocol: an object without the words that mean something to a transport.
func schemaOf(source json.RawMessage) (map[string]any, bool) {
	schema := map[string]any{}
	if len(source) > 0 && json.Unmarshal(source, &schema) != nil {
		return map[string]any{}, string(bytes.TrimSpace(source)) == "true" // a schema may be true, which is any value
	}
	if schema == nil { // null
		return nil, false
	}
	clean(schema)
	return schema, true
}

// clean takes x-mcp-header out of a schema: a skill has no say in the headers of a transport. Text that agents read is
// made legible.
func clean(value any) {
	switch v := value.(type) {
	case map[string]any:
		delete(v, "x-mcp-header")
		for key, inner := range v {
			if text, ok := inner.(string); ok && (key == "description" || key == "title") {
				v[key] = legible(text)
			}
			clean(inner)
		}
	case []any:
		for _, inner := range v {
			clean(inner)
		}
	}
}

// legible is a skill's text with everything in it to be seen, in the lines that it had.
func legible(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = permissions.Visible(lines[i])
	}
	return strings.Join(lines, "\n")
}
