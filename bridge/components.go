package bridge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/permissions"
	"gatehouse/skill"
)

// A page of a search has so many skills, where its client does not say and at most.
const (
	usualPage = 20
	mostPage  = 100
)

// component is a skill as Wassette lists one.
type component struct {
	ID     string       `json:"id"`
	Tools  int          `json:"tools_count"`
	Schema *toolSchemas `json:"schema"`
}

type toolSchemas struct {
	Tools []*mcp.Tool `json:"tools"`
}

// shelf is what this client is offered now, by name.
func (v *visit) shelf() (*catalog, []string) {
	v.door.mu.Lock()
	defer v.door.mu.Unlock()
	c := v.door.catalog
	return c, slices.Sorted(maps.Keys(c.skills))
}

// list says which skills there are. Where that is too long for a reply it leaves the schemas out.
func (v *visit) list() (any, error) {
	c, names := v.shelf()
	components := []component{}
	for _, name := range names {
		one := component{ID: name, Schema: &toolSchemas{Tools: []*mcp.Tool{}}}
		for _, t := range c.skills[name].Manifest.Tools {
			if o := c.tools[toolName(c.skills[name], t)]; o != nil {
				one.Schema.Tools = append(one.Schema.Tools, o.mcp)
			}
		}
		one.Tools = len(one.Schema.Tools)
		components = append(components, one)
	}
	answer := map[string]any{"components": components, "total": len(components)}
	if text, err := json.Marshal(answer); err != nil || len(text) > largestReply {
		for i := range components {
			components[i].Schema = nil
		}
	}
	return answer, nil
}

// foundComponent is one skill that a search found. Its description is the skill's words.
type foundComponent struct {
	ID          string   `json:"package_id"`
	Description string   `json:"description"`
	Kind        string   `json:"advertised_kind"`
	WIT         *string  `json:"wit_identity"`
	Tags        []string `json:"tags"`
}

// find searches what this client is offered: there is no catalog elsewhere yet.
func (v *visit) find() (any, error) {
	query := ""
	var err error
	if v.has("query") {
		if query, err = v.text("query"); err != nil {
			return nil, wrong(err)
		}
	}
	offset, err := v.number("offset", 0, 0, 1<<31)
	if err != nil {
		return nil, wrong(err)
	}
	limit, err := v.number("limit", usualPage, 1, mostPage)
	if err != nil {
		return nil, wrong(err)
	}
	c, names := v.shelf()
	words := strings.Fields(strings.ToLower(query))
	matching := []foundComponent{}
	for _, name := range names {
		pkg := c.skills[name]
		text := []string{name, pkg.Manifest.Description}
		for _, t := range pkg.Manifest.Tools {
			text = append(text, t.Name, t.Description)
		}
		if holdsAll(strings.ToLower(strings.Join(text, " ")), words) {
			matching = append(matching, foundComponent{
				ID: name, Description: fmt.Sprintf("The skill %s says: %s", name, legible(pkg.Manifest.Description)),
				Kind: "skill", Tags: []string{pkg.Manifest.Version},
			})
		}
	}
	page := matching[min(offset, len(matching)):min(offset+limit, len(matching))]
	var next *int
	more := offset+limit < len(matching)
	if more {
		n := offset + limit
		next = &n
	}
	return map[string]any{
		"status": "success", "source": ours, "discovery_only": true, "count": len(page), "upstream_count": len(page),
		"offset": offset, "limit": limit, "next_offset": next, "may_have_more": more, "components": page,
	}, nil
}

// policy says what the skill's manifest asks for, which is the skill's own word and the most that it can be given. What was
// decided, where the skill lies and where it came from are the person's to know.
func (v *visit) policy() (any, error) {
	pkg, err := v.about("component_id")
	if err != nil {
		return nil, err
	}
	lines := func(wishes []skill.Wish) []string {
		all := []string{}
		for _, w := range wishes {
			all = append(all, permissions.Visible(w.Grant.String()))
		}
		return all
	}
	return map[string]any{
		"status": "policy found", "component_id": pkg.Manifest.Name,
		"policy_info": map[string]any{
			"policy_id": pkg.Manifest.CapabilitiesHash(), "source_uri": fmt.Sprintf(textAddress, pkg.Manifest.Name), "local_path": "", "created_at": 0,
		},
		"at_most": map[string]any{"requires": lines(pkg.Manifest.Requires), "may_ask_for": lines(pkg.Manifest.Optional)},
	}, nil
}
