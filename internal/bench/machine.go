package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	builtinskills "gatehouse/builtin-skills"
	"gatehouse/home"
	"gatehouse/permissions"
	"gatehouse/skill"
	"gatehouse/store"
	"gatehouse/worker"
)

// The letter is what is read everywhere: one file of some lines, in the workspace.
const (
	letterName = "letter.txt"
	letterText = "Dear reader,\n\nthis file was given to the skill before anything was measured.\n"
)

// machine is where everything is measured: folders of its own, the built-in skill, and its workers.
type machine struct {
	scratch string
	program string
	// folder is the workspace.
	folder string
	skill  *skill.Package
	pool   *worker.Pool
	ends   []func()
}

// newMachine makes a machine; close takes it away.
func newMachine(program string) (*machine, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("%w; hint: make build", err)
	}
	pkg, err := builtinskills.Package("files")
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return nil, err
	}
	m := &machine{scratch: scratch, program: program, skill: pkg, folder: filepath.Join(scratch, "letters")}
	m.ends = append(m.ends, func() { os.RemoveAll(scratch) })
	m.pool = m.newPool("cache")
	err = os.Mkdir(m.folder, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(m.folder, letterName), []byte(letterText), 0o600)
	}
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// close ends what was started, the last first.
func (m *machine) close() {
	for i := len(m.ends) - 1; i >= 0; i-- {
		m.ends[i]()
	}
}

// newPool makes workers of the real program that keep their compiled code in a folder of this name.
func (m *machine) newPool(cache string) *worker.Pool {
	p := worker.NewPool(worker.Options{Program: []string{m.program, "worker"}, Cache: filepath.Join(m.scratch, cache)})
	m.ends = append(m.ends, func() { p.Close() })
	return p
}

// subject is the terminal's call of the skill in folder.
func subject(pkg *skill.Package, folder string) permissions.Subject {
	return permissions.Subject{
		Skill: pkg.Manifest.Name, Version: pkg.Manifest.Version, Signer: pkg.Signer(), Digest: string(pkg.Digest),
		Capabilities: string(pkg.Manifest.CapabilitiesHash()), Client: "terminal", Workspace: folder,
	}
}

// given writes into a home what a person who answered `always` leaves there: the workspace, the required lines, and
// reading the letter. Nothing else is allowed, so everything else is asked.
func given(paths home.Paths, pkg *skill.Package, folder string) error {
	db, err := store.Open(paths.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	return give(db.Decisions(), pkg, folder)
}

func give(decisions permissions.Store, pkg *skill.Package, folder string) error {
	return giveTo("terminal", decisions, pkg, folder)
}

func giveTo(client string, decisions permissions.Store, pkg *skill.Package, folder string) error {
	s := subject(pkg, folder)
	s.Client = client
	letter, err := permissions.Parse("fs:read:${workspace}/" + letterName)
	if err != nil {
		return err
	}
	var required []permissions.Grant
	for _, line := range pkg.Manifest.Capabilities().Requires {
		required = append(required, line.Grant)
	}
	for id, d := range map[string]permissions.Decision{
		"workspace": {Key: s.WorkspaceKey()},
		"required":  {Key: s.Key(), Grants: required, Required: true},
		"letter":    {Key: s.Key(), Grants: []permissions.Grant{letter}},
	} {
		d.ID, d.Verdict, d.Lifetime, d.Made = client+" "+id, permissions.Allow, permissions.Always, time.Now()
		if err := decisions.Keep(d); err != nil {
			return err
		}
	}
	return nil
}
