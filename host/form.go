package host

import (
	"fmt"
	"slices"

	"gatehouse/permissions"
)

// State says how a policy came to hold.
type State string

// The states. Kept is what a file said and says no longer, or not all of it: it holds until the person agrees. Broken is
// a file that cannot be used: what holds is its last good form, or nothing is let through where there is none.
const (
	InForce State = "in force"
	Kept    State = "kept"
	Broken  State = "broken"
)

// Form is a policy that holds, and why.
type Form struct {
	permissions.Policy
	State State
	// Problem is a sentence for all but InForce; it may quote the file and is hostile.
	Problem string
	text    string
}

// mostForms is how many forms of one workspace's file hold at once.
const mostForms = 20

func (f *policyFile) parse(texts []string) ([]Form, error) {
	var forms []Form
	for _, text := range texts {
		p, err := permissions.ParsePolicy(f.layer, f.path+" (kept)", []byte(text))
		if err != nil {
			return nil, err
		}
		forms = append(forms, Form{Policy: p, State: Kept, text: text})
	}
	return forms, nil
}

// The sentences for what holds beside a file.
const (
	sayGone  = "the file is gone; what it said holds until you agree that it does not"
	sayLess  = "the file says less now; what it said holds until you agree that it does not"
	sayLast  = "; its last good form holds"
	sayEmpty = "; so nothing is let through"
)

// take makes hold what follows from a reading.
func (f *policyFile) take(r reading) error {
	present := Form{State: InForce, Problem: r.problem, text: r.text}
	if r.there && r.problem == "" {
		var err error
		if present.Policy, err = permissions.ParsePolicy(f.layer, f.path, []byte(r.text)); err != nil {
			present.Problem = err.Error()
		}
	}
	held := f.held(present)
	switch {
	case present.Problem == "" && len(held) >= mostForms:
		said := fmt.Sprintf("%s came to say less %d times; remove it, agree with gatehouse policy forget, and put it back", f.path, mostForms)
		return f.hold(f.kept, append([]Form{present}, as(f.kept, Broken, said)...))
	case present.Problem != "" && len(f.kept) > 0:
		return f.hold(f.kept, as(f.kept, Broken, present.Problem+sayLast))
	case present.Problem != "":
		nothing := permissions.Policy{Layer: f.layer, Name: f.path, Only: []permissions.Grant{}}
		return f.hold(nil, []Form{{Policy: nothing, State: Broken, Problem: present.Problem + sayEmpty}})
	case !r.there:
		return f.hold(held, as(held, Kept, sayGone))
	}
	return f.hold(append([]Form{present}, held...), append([]Form{present}, as(held, Kept, sayLess)...))
}

// held are the kept forms that stop something which present, no file being the empty policy, does not.
func (f *policyFile) held(present Form) []Form {
	var held []Form
	for _, k := range f.kept {
		if f.layer == permissions.LayerWorkspace && !present.Narrows(k.Policy, f.workspace) {
			held = append(held, k)
		}
	}
	return held
}

// as returns forms in another state.
func as(forms []Form, s State, problem string) []Form {
	forms = slices.Clone(forms)
	for i := range forms {
		forms[i].State, forms[i].Problem = s, problem
	}
	return forms
}

// hold keeps the texts of kept, if they are not kept already, and makes forms all that holds.
func (f *policyFile) hold(kept, forms []Form) error {
	if !slices.EqualFunc(kept, f.kept, func(a, b Form) bool { return a.text == b.text }) {
		var texts []string
		for _, k := range kept {
			texts = append(texts, k.text)
		}
		parsed, err := f.parse(texts)
		if err == nil && f.keeper != nil {
			err = f.keeper.Keep(f.path, texts)
		}
		if err != nil {
			return err
		}
		f.kept = parsed
	}
	f.forms, f.policies = forms, nil
	for _, form := range forms {
		f.policies = append(f.policies, form.Policy)
	}
	return nil
}

// forget makes the file as it is now all that holds of it. seen is what the person saw of it; where it says something
// else by now, nothing changes.
func (f *policyFile) forget(seen []Form) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(); err != nil {
		return err
	}
	same := func(a, b Form) bool { return a.text == b.text && a.State == b.State }
	if !slices.EqualFunc(seen, f.forms, same) {
		return &Error{Code: CodeInput, Message: "the policy file changed in the meantime, so nothing was forgotten", Hint: "look at it again: gatehouse policy show"}
	}
	left := slices.DeleteFunc(slices.Clone(f.forms), func(form Form) bool { return form.State != InForce })
	defer f.changed()
	return f.hold(left, left)
}
