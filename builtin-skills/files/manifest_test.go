package main

import (
	"os"
	"strings"
	"testing"

	"gatehouse/skill"
)

// What the tools answer is what the manifest promises, for every golden call whose input the manifest allows.
func TestTheToolsKeepToTheirManifest(t *testing.T) {
	data, err := os.ReadFile("skill.json")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := skill.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]bool{}
	root := tree(t)
	for _, g := range goldens {
		tool, ok := manifest.Tool(g.tool)
		if !ok || tool.CheckInput([]byte(g.input)) != nil {
			continue
		}
		if g.tool == "edit" {
			root = tree(t) // An earlier call may have changed the file.
		}
		exit, out, _ := callTool(root, g.tool, strings.ReplaceAll(g.input, "/workspace", root))
		if exit != 0 {
			continue
		}
		checked[g.tool] = true
		if err := tool.CheckOutput([]byte(out)); err != nil {
			t.Errorf("%s %s: %v", g.tool, g.name, err)
		}
	}
	if len(checked) != len(manifest.Tools) {
		t.Errorf("checked %v; want all %d tools", checked, len(manifest.Tools))
	}
}
