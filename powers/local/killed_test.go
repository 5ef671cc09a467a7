package local_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gatehouse/powers"
)

// replacing names the workspace in the environment of the child that is killed.
const replacing = "REPLACING"

// versions are what the child writes in turn; a torn file would hold some of each, or less.
var versions = []string{strings.Repeat("old\n", 1<<14), strings.Repeat("new\n", 1<<14) + "new\n"}

// replaceForever is the child.
func replaceForever(t *testing.T, h house) {
	f := h.files(t, granting(t, "fs:write:${workspace}/**"))
	for i := 0; ; i++ {
		file := open(t, f, powers.Open{Path: "/workspace/file", Truncate: true})
		put(t, file, versions[i%2])
		if err := file.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		fmt.Println("replaced")
	}
}

// TestKilledWhileReplacing kills a process again and again that replaces a file. What stands there is one version or the
// other, whole, and nothing of the copies is left.
func TestKilledWhileReplacing(t *testing.T) {
	if workspace := os.Getenv(replacing); workspace != "" {
		replaceForever(t, house{workspace: workspace})
	}
	h := newHouse(t)
	scratch := t.TempDir()
	write(t, h.ws("file"), versions[0])
	seen := map[string]int{}
	const kills = 25
	for i := range kills {
		child := exec.Command(os.Args[0], "-test.run=^TestKilledWhileReplacing$")
		child.Env = append(os.Environ(), replacing+"="+h.workspace, "TMPDIR="+scratch)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := bufio.NewReader(out)
		for range 1 + i%4 { // some rounds, and then somewhere in the next
			if _, err := said.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		kill := time.AfterFunc(time.Duration(i)*2*time.Millisecond, func() { child.Process.Kill() })
		child.Wait()
		kill.Stop()
		b, err := os.ReadFile(h.ws("file"))
		switch {
		case err != nil:
			t.Fatal(err)
		case bytes.Equal(b, []byte(versions[0])):
			seen["old"]++
		case bytes.Equal(b, []byte(versions[1])):
			seen["new"]++
		default:
			t.Fatalf("kill %d left %d bytes that are neither version", i, len(b))
		}
	}
	if names, err := os.ReadDir(scratch); err != nil || len(names) != 0 {
		t.Errorf("the folder of copies shows %v, %v; want nothing", names, err)
	}
	leftovers := 0
	names, err := os.ReadDir(h.workspace)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range names {
		if strings.HasPrefix(e.Name(), ".gatehouse-") {
			leftovers++
		}
	}
	t.Logf("%d kills left %v and %d unfinished files", kills, seen, leftovers)
	if len(seen) != 2 {
		t.Errorf("every kill left %v; want some of each", seen)
	}
}
