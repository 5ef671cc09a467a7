package bridge

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// media names the members of an output that hold something else than text, with their types: those whose schema has the
// contentEncoding "base64" and a contentMediaType.
type media map[string]string

func mediaOf(schema map[string]any) media {
	properties, _ := schema["properties"].(map[string]any)
	m := media{}
	for name, value := range properties {
		property, _ := value.(map[string]any)
		kind, _ := property["contentMediaType"].(string)
		if property["contentEncoding"] == "base64" && kind != "" {
			m[name] = kind
		}
	}
	return m
}

// take returns what output holds of m as content, and output for reading: with a note in the place of each.
func (m media) take(output json.RawMessage, skillName string) ([]mcp.Content, json.RawMessage) {
	var object map[string]json.RawMessage
	if len(m) == 0 || json.Unmarshal(output, &object) != nil {
		return nil, output
	}
	var content []mcp.Content
	for _, name := range slices.Sorted(maps.Keys(m)) {
		var text string
		if json.Unmarshal(object[name], &text) != nil {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			continue
		}
		content = append(content, one(m[name], data, skillName, name))
		object[name], _ = json.Marshal(fmt.Sprintf("%s, %d bytes", m[name], len(data))) // a string
	}
	if len(content) == 0 {
		return nil, output
	}
	readable, err := json.Marshal(object)
	if err != nil {
		return nil, output
	}
	return content, readable
}

func one(kind string, data []byte, skillName, member string) mcp.Content {
	meta := mcp.Meta{metaSkill: skillName}
	switch {
	case strings.HasPrefix(kind, "image/"):
		return &mcp.ImageContent{Data: data, MIMEType: kind, Meta: meta}
	case strings.HasPrefix(kind, "audio/"):
		return &mcp.AudioContent{Data: data, MIMEType: kind, Meta: meta}
	}
	resource := &mcp.ResourceContents{URI: "skill://" + skillName + "/output/" + member, MIMEType: kind}
	if utf8.Valid(data) && (strings.HasPrefix(kind, "text/") || kind == "application/json") {
		resource.Text = legible(string(data))
	} else {
		resource.Blob = data
	}
	return &mcp.EmbeddedResource{Meta: meta, Resource: resource}
}
