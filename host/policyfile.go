package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

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

const (
	// largestPolicy is more than permissions.ParsePolicy takes, in bytes.
	largestPolicy = 128 << 10
	// mostForms is how many forms of one workspace's file hold at once.
	mostForms = 20
	// settled is how long after its last change a file's times tell any other change.
	settled = 2 * time.Second
)

// keeper remembers the texts of a policy file that hold; store.Policies is one.
type keeper interface {
	Find(path string) ([]string, error)
	Keep(path string, texts []string) error
}

// policyFile is one policy file and what of it holds. A workspace's file is anybody's who can write there, so it only
// ever narrows: what it said once holds until the person agrees to less. The managed file is root's, who may change it as
// they like, and is believed only while it is root's alone.
type policyFile struct {
	layer           permissions.Layer
	path, workspace string
	trusted         func(path string) error
	keeper          keeper // nil where nothing outlives this process
	changed         func()

	mu    sync.Mutex
	known bool
	at    time.Time   // when it was read
	info  fs.FileInfo // as it was then, nil for no file
	last  reading
	// kept are the forms that hold until a narrower one comes or the person agrees, and forms all that hold now.
	kept, forms []Form
	policies    []permissions.Policy
}

// reading is what was found in a file's place. problem is set where that cannot be told.
type reading struct {
	there         bool
	text, problem string
}

// now returns what holds as the file is now. The error means that nobody can tell, and so no.
func (f *policyFile) now() ([]permissions.Policy, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refresh()
	return f.policies, err
}

// look returns the forms that hold.
func (f *policyFile) look() ([]Form, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.refresh()
	return slices.Clone(f.forms), err
}

// refresh reads the file again if it may have changed.
func (f *policyFile) refresh() error {
	info, err := os.Lstat(f.path)
	if f.known && f.last.problem == "" && f.same(info, err) {
		return nil
	}
	began := time.Now()
	r := f.read(info, err)
	if !f.known {
		if err := f.remember(); err != nil {
			return err
		}
	}
	if !f.known || r != f.last {
		if err := f.take(r); err != nil {
			return err
		}
		f.changed()
	}
	f.known, f.at, f.info, f.last = true, began, info, r
	return nil
}

// same says whether the file is surely the one that was read, or none as it was none.
func (f *policyFile) same(info fs.FileInfo, err error) bool {
	if info == nil || f.info == nil {
		return info == nil && f.info == nil && missing(err)
	}
	return os.SameFile(info, f.info) && info.ModTime().Equal(f.info.ModTime()) && info.Size() == f.info.Size() &&
		info.Mode() == f.info.Mode() && f.at.Sub(info.ModTime()) > settled
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// read reads the file that Lstat found. It follows no link and waits for nothing.
func (f *policyFile) read(info fs.FileInfo, err error) reading {
	switch {
	case missing(err):
		return reading{}
	case err != nil:
		return reading{there: true, problem: err.Error()}
	case !info.Mode().IsRegular():
		return reading{there: true, problem: f.path + " is not a regular file"}
	}
	if err := f.trusted(f.path); err != nil {
		return reading{there: true, problem: err.Error()}
	}
	file, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return reading{there: true, problem: err.Error()}
	}
	defer file.Close()
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		return reading{there: true, problem: f.path + " changed while it was read"}
	}
	text, err := io.ReadAll(io.LimitReader(file, largestPolicy))
	if err != nil {
		return reading{there: true, problem: err.Error()}
	}
	return reading{there: true, text: string(text)}
}

// remember reads what is kept of the file since an earlier time.
func (f *policyFile) remember() error {
	if f.keeper == nil {
		return nil
	}
	texts, err := f.keeper.Find(f.path)
	if err == nil {
		f.kept, err = f.parse(texts)
	}
	return err
}

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
	if len(held) >= mostForms {
		present.Problem = fmt.Sprintf("%s changed to something wider %d times; agree to that before it changes again", f.path, mostForms)
	}
	switch {
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
