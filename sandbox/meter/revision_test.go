package meter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A revision that knows nothing of a file would let pass what an older meter let pass.
func TestTheRevisionIsOfAllFiles(t *testing.T) {
	revision, err := os.ReadFile("revision.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && !strings.Contains(string(revision), " "+file) {
			t.Errorf("revision.go does not embed %s", file)
		}
	}
}
