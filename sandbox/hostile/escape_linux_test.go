package hostile_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/permissions"
)

// everything is each verb of the raw guest on a name, and the name at the other end of each that has two.
func everything(root, name string) string {
	var all strings.Builder
	for _, verb := range []string{"stat", "lstat", "readlink", "read", "readlast", "list", "times", "append", "write", "mkdir", "rmdir"} {
		all.WriteString(order(verb, root, name, "written by the guest"))
	}
	docs := "docs/"
	if root == "/" {
		docs = "workspace/docs/"
	}
	for _, two := range [][3]string{
		{"link", name, docs + "linked"}, {"read", docs + "linked", ""}, {"append", docs + "linked", "through a link"},
		{"link", docs + "a.txt", name}, {"rename", name, docs + "stolen"}, {"read", docs + "stolen", ""},
		{"rename", docs + "b.txt", name}, {"rename", docs + "deep", name},
		{"symlink", docs + "made", name}, {"read", docs + "made", ""}, {"list", docs + "made", ""}, {"append", docs + "made", "through a link"},
		{"readlink", docs + "made", ""}, {"symlink", name, "a.txt"}, {"unlink", name, ""},
	} {
		all.WriteString(order(two[0], root, two[1], two[2]))
	}
	return all.String()
}

// Every name that leads, or might lead, out of what was given is tried with everything that a guest can do to a name.
func TestNoNameLeadsOut(t *testing.T) {
	t.Parallel()
	c := newCell(t, nil)
	for _, group := range []struct {
		root  string
		names []string
	}{
		{"/workspace", []string{
			// By climbing.
			"..", "../", "../outside-CANARY/private.txt", "docs/../../outside-CANARY/private.txt", "docs/../private/secret.txt",
			"docs/../.env", "docs/./../../outside-CANARY", "docs//..//..//outside-CANARY/private.txt", "./../ws/private/secret.txt",
			"docs/deep/../../../outside-CANARY/private.txt", "docs/a.txt/../../private/secret.txt", "docs/nothing/../../private/secret.txt",
			"docs/../" + strings.Repeat("../", 40) + "etc/passwd", "docs/" + strings.Repeat("./", 1000) + "../private/secret.txt",
			// By an absolute name.
			"/etc/passwd", "//etc/passwd", "/workspace/private/secret.txt", "/../outside-CANARY/private.txt", "/proc/self/environ",
			// Through links.
			"docs/out", "docs/absolute", "docs/far", "docs/far/", "docs/far/private.txt", "docs/far/new", "docs/far/folder/deep.txt", "docs/far/..",
			"docs/up", "docs/up/", "docs/up/secret.txt", "docs/up/new", "docs/top", "docs/top/.env", "docs/top/private/secret.txt",
			"docs/self/env", "docs/self/self/up/secret.txt", "docs/env", "docs/hop", "docs/hop2", "docs/loop", "docs/loop/a.txt",
			"docs/dangling", "docs/dangling/", "docs/nowhere", "docs/round", "docs/back", "docs/hidden",
			"docs/null", "docs/fds", "docs/fds/0", "docs/root/etc/passwd", "docs/cwd/secret.txt", "docs/environ", "docs/memory",
			// What is not given, and what is no file.
			"private", "private/", "private/secret.txt", ".env", "notes.md", ".", "", "docs/.hidden", "docs/pipe", "docs/socket", "docs/device",
			// By spelling.
			"docs/a.txt\x00/../../private/secret.txt", "docs/\x00", ".env\x00.txt", "docs/\xff", "docs/\xc0\xae\xc0\xae/private/secret.txt",
			"docs/．．/private/secret.txt", "docs/..\u200b/private/secret.txt", "docs\\..\\private\\secret.txt", "docs/..\\..\\private", "docs/%2e%2e/private/secret.txt",
			"PRIVATE/secret.txt", "Private/Secret.txt", "private./secret.txt", "private /secret.txt", ".ENV", ".env:stream", "docs/.Hidden",
			"~/.ssh/id_rsa", "C:\\Windows", "\\\\server\\share", "docs/" + strings.Repeat("a", 300), "docs/" + strings.Repeat("a/", 5000),
			"docs/a.txt/", "docs/a.txt/.", "docs/a.txt/..",
		}},
		{"/", []string{
			"etc/passwd", "/etc/passwd", "../etc/passwd", "OUTSIDE/private.txt", "OUTSIDE", "OUTSIDE/new", "WORKSPACE/private/secret.txt", "WORKSPACE/.env",
			"WORKSPACE", "WORKSPACE/docs/../.env", "WORKSPACE/docs/far/private.txt", "workspace/private/secret.txt", "workspace/../OUTSIDE/private.txt", "workspace/docs/out",
			"proc/self/environ", "proc/self/root/etc/passwd", "proc/self/fd/0", "dev/zero", "sys/kernel/uevent_helper", "tmp", "tmp/made-by-a-guest", "", ".", "..",
		}},
	} {
		for _, name := range group.names {
			t.Run(fmt.Sprintf("%s %.60q", group.root, name), func(t *testing.T) {
				h := newHouse(t)
				name = strings.NewReplacer("OUTSIDE", strings.TrimPrefix(h.outside, "/"), "WORKSPACE", strings.TrimPrefix(h.workspace, "/")).Replace(name)
				for who, prompter := range map[string]permissions.Prompter{"nobody is there": nil, "a person says yes to all": person{}} {
					before := h.private(t)
					said := c.answers(t, h.files(t, prompter, given...), everything(group.root, name), 0)
					for _, word := range []string{canary, fmt.Sprint(canarySize), "root:x:0"} {
						if strings.Contains(strings.ReplaceAll(said, name, ""), word) {
							t.Errorf("%s: the guest learned %q:\n%.2000q", who, word, said)
						}
					}
					untouched(t, before, h.private(t))
				}
			})
		}
	}
}

// What was given can be used, in the same way: else the test before would show nothing.
func TestWhatWasGivenCanBeUsed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := newCell(t, nil).answers(t, h.files(t, nil, given...), order("read", "/workspace", "docs/a.txt", "")+
		order("write", "/workspace", "docs/new.txt", "by the guest")+order("read", "/workspace", "docs/new.txt", "")+
		order("mkdir", "/workspace", "docs/folder", "")+order("rename", "/workspace", "docs/new.txt", "docs/folder/old.txt")+
		order("stat", "/", "workspace/docs/folder/old.txt", ""), 0)
	want := "read 0 given to the guest\nwrite 0 \nread 0 by the guest\nmkdir 0 \nrename 0 \nstat 0 kind 4 size 12\n"
	if got != want {
		t.Errorf("the guest said %q; want %q", got, want)
	}
}

// A hard link that a person put there is the file itself, under a name that was given: it is read and never written, for
// a write would reach its other names.
func TestAHardLinkIsNotWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.private(t)
	said := newCell(t, nil).answers(t, h.files(t, person{}, given...), order("write", "/workspace", "docs/hard", "x")+
		order("append", "/workspace", "docs/hard", "x")+order("times", "/workspace", "docs/hard", "")+order("read", "/workspace", "docs/hard", ""), 0)
	if !strings.Contains(said, "write 2 \nappend 2 \ntimes 2 \nread 0 "+canary) {
		t.Errorf("the guest said %.100q; want that it may read and nothing else", said)
	}
	untouched(t, before, h.private(t))
}
