package hostile_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A folder with HEAD, objects and refs is a repository to git, and its config names programs that git runs: whoever may
// write one runs programs at the person's next `git status`. The person here says yes to everything that may be allowed.
func TestNobodyMakesARepository(t *testing.T) {
	t.Parallel()
	c := newCell(t, nil)
	for _, way := range []struct {
		name   string
		orders []string
	}{
		{"by its usual name", repository("docs/.git")},
		{"in capitals", repository("docs/.GIT")},
		{"in some capitals", repository("docs/.gIt")},
		{"by its short name", repository("docs/git~1")},
		{"by the short name's capitals", repository("docs/GIT~1")},
		{"by another short name", repository("docs/git~12")},
		{"with a dot at its end", repository("docs/.git.")},
		{"with a space at its end", repository("docs/.git ")},
		{"with a stream", repository("docs/.git::$INDEX_ALLOCATION")},
		{"with characters that nobody sees", repository("docs/.g\u200cit")},
		{"with a mark of order", repository("docs/\ufeff.git")},
		{"with a variation", repository("docs/.gi\ufe0ft")},
		{"bare, in a folder that was given", repository("docs/deep")},
		{"bare, in a new folder", append([]string{order("mkdir", "/workspace", "docs/bare", "")}, repository("docs/bare")...)},
		{"bare, as name.git", repository("docs/project.git")},
		{"inside, for a submodule", repository("docs/.git/modules/x")},
		{"under another name, then renamed", append(repository("docs/git"), order("rename", "/workspace", "docs/git", "docs/.git"))},
		{"under another name, each part renamed", append(parts("docs/parts"), order("rename", "/workspace", "docs/parts/head", "docs/parts/HEAD"))},
		{"under another name, its head in small letters", parts("docs/parts")},
		{"with its head's name in small letters elsewhere", []string{
			order("mkdir", "/workspace", "docs/p", ""), order("write", "/workspace", "docs/p/Head", "ref: refs/heads/main\n"),
			order("rename", "/workspace", "docs/p/Head", "docs/p/HEAD"), order("write", "/workspace", "docs/HEAD", "ref: refs/heads/main\n"),
		}},
		{"by a link to what is a repository but for its name", append(repository("docs/plain"), order("symlink", "/workspace", "docs/.git", "plain"))},
		{"by a link as its head", append(parts("docs/parts"), order("symlink", "/workspace", "docs/parts/HEAD", "head"))},
		{"by a .git file", append(repository("docs/plain"), order("write", "/workspace", "docs/.git", "gitdir: plain\n"))},
		{"by a .git file, renamed", []string{order("write", "/workspace", "docs/dotgit", "gitdir: plain\n"), order("rename", "/workspace", "docs/dotgit", "docs/.git")}},
		{"by moving the one there is aside and another in", append([]string{
			order("rename", "/workspace", "docs/theirs/.git", "docs/theirs/aside"), order("rename", "/workspace", "docs/theirs", "docs/moved"),
		}, repository("docs/theirs/.git")...)},
		{"by changing the one there is", []string{
			order("write", "/workspace", "docs/theirs/.git/config", configuration), order("append", "/workspace", "docs/theirs/.git/config", configuration),
			order("write", "/workspace", "docs/theirs/.git/hooks/post-checkout", "#!/bin/sh\n"), order("unlink", "/workspace", "docs/theirs/.git/HEAD", ""),
		}},
		{"by our own folder's name", []string{order("mkdir", "/workspace", ".gatehouse", ""), order("write", "/workspace", ".gatehouse/policy.json", "{}"),
			order("write", "/workspace", "docs/.Gatehouse", "{}"), order("mkdir", "/workspace", "docs/gateho~1", "")}},
	} {
		t.Run(way.name, func(t *testing.T) {
			h := newHouse(t)
			theirs := h.ws("docs/theirs")
			put(t, theirs+"/file", "x")
			git(t, theirs, "init", "--quiet")
			before := tree(t, theirs+"/.git")

			// Every name is spelled out in the grants, so that it is not the grammar's rule for dots that refuses.
			grants := append([]string{}, given...)
			for _, folder := range []string{".git", ".GIT", ".gIt", "theirs/.git", ".Gatehouse", "project.git"} {
				grants = append(grants, "fs:write:${workspace}/docs/"+folder, "fs:write:${workspace}/docs/"+folder+"/**", "fs:read:${workspace}/docs/"+folder+"/**")
			}
			grants = append(grants, "fs:write:${workspace}/.gatehouse/**", "fs:write:${workspace}/.gatehouse")
			said := c.answers(t, h.files(t, person{}, grants...), strings.Join(way.orders, ""), 0)
			if _, err := os.Stat(h.ws(".gatehouse")); err == nil {
				t.Error("a policy of the workspace was made")
			}

			runsNothing(t, h, said)
			if after := tree(t, theirs+"/.git"); after != before {
				t.Errorf("the repository that was there is changed:\n%s\n%s", after, said)
			}
		})
	}
}

// configuration makes git run a program.
const configuration = "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = \"touch PWNED; false\"\n\tbare = false\n\tworktree = .\n"

// repository makes at folder what git takes for a repository.
func repository(folder string) []string {
	return []string{
		order("mkdir", "/workspace", folder, ""), order("mkdir", "/workspace", folder+"/objects", ""), order("mkdir", "/workspace", folder+"/refs", ""),
		order("write", "/workspace", folder+"/config", configuration), order("write", "/workspace", folder+"/HEAD", "ref: refs/heads/main\n"),
	}
}

// parts is repository with its head in small letters.
func parts(folder string) []string {
	return append(repository(folder), order("write", "/workspace", folder+"/head", "ref: refs/heads/main\n"))
}

// runsNothing lets git look at every folder of the workspace, and sees that it runs nothing.
func runsNothing(t *testing.T, h house, said string) {
	t.Helper()
	err := filepath.WalkDir(h.workspace, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() || strings.Contains(name, "docs/theirs") {
			return err
		}
		cmd := exec.Command("git", "status")
		cmd.Dir = name
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(h.top), "HOME="+h.top, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("git takes %s for a repository: %s\n%s", name, out, said)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(h.workspace, func(name string, _ os.DirEntry, _ error) error {
		if filepath.Base(name) == "PWNED" {
			t.Errorf("%s was made: git ran a program of the guest's", name)
		}
		return nil
	})
}

func git(t *testing.T, folder string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// tree is a picture of a folder.
func tree(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		content, _ := os.ReadFile(name)
		fmt.Fprintf(&b, "%s %v %q\n", name, d.Type(), content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What the test before is about does happen where nobody stands between: else it would show nothing.
func TestARepositoryRunsPrograms(t *testing.T) {
	folder := t.TempDir()
	put(t, folder+"/.git/HEAD", "ref: refs/heads/main\n")
	put(t, folder+"/.git/config", configuration)
	for _, name := range []string{"objects", "refs"} {
		if err := os.Mkdir(folder+"/.git/"+name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("git", "status")
	cmd.Dir = folder
	out, _ := cmd.CombinedOutput()
	found := false
	_ = filepath.WalkDir(folder, func(name string, _ os.DirEntry, _ error) error {
		found = found || filepath.Base(name) == "PWNED"
		return nil
	})
	if !found {
		t.Errorf("git ran nothing: %s", out)
	}
}
