package main_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const fox = "the quick brown fox jumps over the lazy dog and over what is behind it"

// TestLargeResultOfASkill has a real skill answer with more than a reply may hold.
func TestLargeResultOfASkill(t *testing.T) {
	t.Parallel()
	d := emptyDesk(t)
	install(t, d.home, "test")
	d.sit()
	for _, revision := range []string{"2025-03-26", "2025-11-25", "2026-07-28"} {
		a := d.agent(agentOptions{revision: revision})
		o := d.allow(a.call("test_large", map[string]any{}))
		if o.err != nil || strings.Count(o.text(), fox) > 50 || !strings.Contains(o.text(), "gatehouse://result/") {
			t.Fatalf("%s: %v, %.300s", revision, o.err, o.text())
		}
		_, rest, _ := strings.Cut(o.text(), "gatehouse://result/")
		address := "gatehouse://result/" + rest[:26]
		if link, ok := o.Content[len(o.Content)-1].(*mcp.ResourceLink); ok != (revision > "2025-03-26") || ok && link.URI != address {
			t.Errorf("%s: the last content is %+v", revision, o.Content[len(o.Content)-1])
		}
		read, err := a.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: address})
		if err != nil || strings.Count(read.Contents[0].Text, fox) != 5000 {
			t.Fatalf("%s: reading it: %v", revision, err)
		}
		if _, err := d.agent(agentOptions{revision: revision}).ReadResource(t.Context(), &mcp.ReadResourceParams{URI: address}); err == nil {
			t.Errorf("%s: somebody else read it", revision)
		}
	}
	kept := 0
	err := fs.WalkDir(os.DirFS(d.home), "results", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		kept++
		raw, err := os.ReadFile(filepath.Join(d.home, path))
		if bytes.Contains(raw, []byte("quick brown fox")) {
			t.Errorf("%s can be read on disk", path)
		}
		return err
	})
	if err != nil || kept != 3 {
		t.Errorf("%d results are kept, %v; want 3", kept, err)
	}
	d.leave()
	d.sit()
	if left, err := os.ReadDir(filepath.Join(d.home, "results")); err != nil || len(left) != 0 {
		t.Errorf("the next host finds %d of them, %v", len(left), err)
	}
}

// TestImagesAndFiles has a real skill return what is no text.
func TestImagesAndFiles(t *testing.T) {
	t.Parallel()
	d := emptyDesk(t)
	install(t, d.home, "test")
	d.sit()
	a := d.agent(agentOptions{revision: "2025-11-25"})
	o := d.allow(a.call("test_multiple_content_types", map[string]any{}))
	if o.err != nil || o.IsError || len(o.Content) != 3 {
		t.Fatalf("%v, %+v", o.err, o.CallToolResult)
	}
	if text := o.text(); !strings.Contains(text, "Multiple content types test:") || !strings.Contains(text, "image/png, ") {
		t.Errorf("the text is %s", text)
	}
	image, ok := o.Content[1].(*mcp.ImageContent)
	if !ok || image.MIMEType != "image/png" || !bytes.HasPrefix(image.Data, []byte("\x89PNG")) {
		t.Errorf("the image is %+v", o.Content[1])
	}
	file, ok := o.Content[2].(*mcp.EmbeddedResource)
	if !ok || file.Resource.Text != `{"test":"data","value":123}` {
		t.Errorf("the file is %+v", o.Content[2])
	}
}
