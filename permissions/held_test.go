package permissions_test

import (
	"context"
	"slices"
	"testing"

	"gatehouse/permissions"
)

func TestOnceIsForOneObject(t *testing.T) {
	for _, c := range []struct {
		name    string
		answer  func(permissions.Prompt) permissions.Answer
		then    string // the identity that the name has at the second check
		prompts int
	}{
		{"once holds for the same object", quick, "1:7", 1},
		{"once is asked again for another", quick, "1:8", 2},
		{"once is asked again where there is nothing any more", quick, "", 2},
		{"this call holds for whatever has the name", choose(payroll, permissions.ThisCall), "1:8", 1},
		{"always holds for whatever has the name", choose(payroll, permissions.Always), "1:8", 1},
		{"a folder holds for whatever is in it", choose("fs:read:${workspace}/finance/**", permissions.ThisCall), "1:8", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = c.answer
			g := h.begin()
			need := h.need(payroll)
			need.Object.Identity = "1:7"
			wantCode(t, g.Check(context.Background(), need), "")
			need.Object.Identity = c.then
			if granted := g.Granted(context.Background(), need) == nil; granted != (c.prompts == 1) {
				t.Errorf("granted before the second check: %v", granted)
			}
			wantCode(t, g.Check(context.Background(), need), "")
			if n := len(h.person.prompts()); n != c.prompts {
				t.Errorf("%d questions, want %d", n, c.prompts)
			}
		})
	}
}

func TestWhatACallMadeIsStillAllowedOnce(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.begin()
	need, other := h.need("fs:write:${workspace}/new"), h.need("fs:write:${workspace}/other")
	need.Object.New, other.Object.Identity = true, "1:8"
	wantCode(t, g.Check(context.Background(), need), "")
	wantCode(t, g.Check(context.Background(), other), "")
	g.Made(need, "1:7")
	for identity, granted := range map[string]bool{"1:7": true, "1:8": false, "": false} {
		need.Object.Identity = identity
		if got := g.Granted(context.Background(), need) == nil; got != granted {
			t.Errorf("%q is granted: %v, want %v", identity, got, granted)
		}
	}
	if err := g.Granted(context.Background(), other); err != nil {
		t.Errorf("what it did not make: %v", err)
	}
	// Nothing that nobody allowed is made allowed.
	never := h.need("fs:write:${workspace}/never")
	g.Made(never, "1:9")
	never.Object.Identity = "1:9"
	if err := g.Granted(context.Background(), never); err == nil {
		t.Error("an object is granted because it was made")
	}
}

func TestOnceIsForOneOperation(t *testing.T) {
	all := []permissions.Operation{
		permissions.WriteContent, permissions.Create, permissions.MakeFolder, permissions.Remove, permissions.Rename,
		permissions.Receive, permissions.Touch, permissions.Truncate, permissions.Look, "",
	}
	for shown, covered := range map[permissions.Operation][]permissions.Operation{
		permissions.WriteContent: {permissions.WriteContent, permissions.Touch, permissions.Truncate, permissions.Look},
		permissions.Create:       {permissions.Create, permissions.WriteContent, permissions.Touch, permissions.Truncate, permissions.Look},
		permissions.Remove:       {permissions.Remove, permissions.Look},
		permissions.Touch:        {permissions.Touch, permissions.Look},
	} {
		h := furnish(t)
		h.person.answer = quick
		g := h.begin()
		need := h.need("fs:write:${workspace}/a")
		need.Object.Operation = shown
		wantCode(t, g.Check(context.Background(), need), "")
		for _, o := range all {
			need.Object.Operation = o
			if granted := g.Granted(context.Background(), need) == nil; granted != slices.Contains(covered, o) {
				t.Errorf("a yes to %q grants %q: %v", shown, o, granted)
			}
		}
	}
	t.Run("this call is for all of them", func(t *testing.T) {
		h := furnish(t)
		h.person.answer = choose("fs:write:${workspace}/a", permissions.ThisCall)
		g := h.begin()
		wantCode(t, h.check(g, "fs:write:${workspace}/a"), "")
		for _, o := range all {
			need := h.need("fs:write:${workspace}/a")
			need.Object.Operation = o
			wantCode(t, g.Granted(context.Background(), need), "")
		}
	})
}

// TestOnceIsForOneDifference shows one harmless change and then writes another.
func TestOnceIsForOneDifference(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.begin()
	need := h.need("fs:write:${workspace}/a")
	need.Object.Operation = permissions.WriteContent
	for n := 1; n <= 2; n++ {
		need.Object.Difference = &permissions.Difference{After: int64(n)}
		wantCode(t, g.Check(context.Background(), need), "")
		if asked := len(h.person.prompts()); asked != n {
			t.Errorf("difference %d was written after %d questions", n, asked)
		}
	}
	need.Object.Difference, need.Object.Operation = nil, permissions.Look
	wantCode(t, g.Granted(context.Background(), need), "")
}

func TestPossibleNeverAsks(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.begin()
	wantCode(t, g.Possible(context.Background(), h.need("fs:write:${workspace}/a")), "")
	wantCode(t, g.Possible(context.Background(), h.need("fs:write:/srv/passwd")), permissions.CodeUndeclared)
	wantCode(t, g.Possible(context.Background(), h.need("fs:write:${workspace}/.git/config")), permissions.CodeDenied)
	if n := len(h.person.prompts()); n != 0 {
		t.Errorf("%d questions, want none", n)
	}
	if got := g.Refusals(); len(got) != 2 {
		t.Errorf("the refusals of the call are %v, want two", got)
	}
}

func TestASwapIsWarnedOf(t *testing.T) {
	const file = "fs:write:${workspace}/a"
	h := furnish(t)
	h.person.answer = quick
	g := h.begin()
	for _, c := range []struct {
		name     string
		object   permissions.Object
		warnings int
	}{
		{"the first question", permissions.Object{Identity: "1:7", Operation: permissions.Remove}, 0},
		{"nothing is there any more", permissions.Object{New: true, Operation: permissions.Create}, 0},
		{"another object", permissions.Object{Identity: "1:8", Operation: permissions.Touch}, 1},
		{"something else with an object that was shown", permissions.Object{Identity: "1:8", Operation: permissions.Remove}, 0},
	} {
		wantCode(t, g.Check(context.Background(), permissions.Need{Grant: parse(t, file), Object: c.object}), "")
		asked := h.person.prompts()
		if w := asked[len(asked)-1].Warnings; len(w) != c.warnings {
			t.Errorf("%s: the warnings are %q, want %d", c.name, w, c.warnings)
		}
	}
	if n := len(h.person.prompts()); n != 4 {
		t.Errorf("%d questions, want 4", n)
	}
}

func TestOnceIsForOneOtherEnd(t *testing.T) {
	h := furnish(t)
	h.person.answer = quick
	g := h.begin()
	need := h.need("fs:write:${workspace}/latest")
	need.Object.New, need.Object.Operation, need.Object.Other = true, permissions.MakeLink, "/home/ann/work/a"
	wantCode(t, g.Check(context.Background(), need), "")
	for other, granted := range map[string]bool{"/home/ann/work/a": true, "/home/ann/work/b": false} {
		need.Object.Other = other
		if got := g.Granted(context.Background(), need) == nil; got != granted {
			t.Errorf("a link to %q is granted: %v, want %v", other, got, granted)
		}
	}
}
