package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/audit"
	builtinskills "gatehouse/builtin-skills"
	"gatehouse/home"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/skill"
	"gatehouse/store"
	"gatehouse/worker"
)

// finding is one thing that doctor looked at.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Said string `json:"said"`
	Hint string `json:"hint,omitempty"`
}

func (c *console) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "look whether everything is where it should be", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.doctor(cmd.Context()) },
	}
}

// doctor changes nothing, starts nothing, and fails where something is wrong.
func (c *console) doctor(ctx context.Context) error {
	findings := c.examine(ctx)
	err := c.print(findings, func(w io.Writer) {
		for _, f := range findings {
			mark := "ok"
			if !f.OK {
				mark = "--"
			}
			fmt.Fprintf(w, "%s  %-16s %s\n", mark, f.What, visible(f.Said))
			if f.Hint != "" {
				fmt.Fprintf(w, "    hint: %s\n", visible(f.Hint))
			}
		}
	})
	if err != nil {
		return err
	}
	var bad []string
	for _, f := range findings {
		if !f.OK {
			bad = append(bad, f.What)
		}
	}
	if len(bad) > 0 {
		return &host.Error{Code: host.CodeInternal, Message: "something is not right: " + strings.Join(bad, ", ")}
	}
	return nil
}

func (c *console) examine(ctx context.Context) []finding {
	paths, err := c.paths()
	found := []finding{say("state folder", paths.Root, err)}
	if err != nil {
		return found
	}
	return append(found, c.examineHost(ctx, paths), examineRecord(paths), examineFence(), examineLimits(), c.examineCache(ctx, paths), examineDesktop(), examineWindow(), examineSkills())
}

func say(what, fine string, err error) finding {
	if err != nil {
		return finding{What: what, Said: err.Error(), Hint: hintOf(err)}
	}
	return finding{What: what, OK: true, Said: fine}
}

// examineHost asks a running host, or else looks at the database itself, which no host holds then.
func (c *console) examineHost(ctx context.Context, paths home.Paths) finding {
	cl, err := c.connectRunning(ctx)
	if err == nil {
		return say("host", "running", cl.get(ctx, "/api/status", nil))
	}
	if !errors.Is(err, home.ErrNoHost) {
		return say("host", "", err)
	}
	if _, err := os.Stat(paths.Database); errors.Is(err, os.ErrNotExist) {
		return say("host", "not running; it starts with the first command", nil)
	}
	db, err := store.Open(paths.Database)
	if err == nil {
		err = db.Close()
	}
	return say("host", "not running; its database is sound", err)
}

// examineRecord says which key signs the record, and whether it is there.
func examineRecord(paths home.Paths) finding {
	head, err := audit.ReadHead(paths.Audit)
	if errors.Is(err, os.ErrNotExist) {
		return say("record", "nothing is signed yet; the host makes a key when it starts", nil)
	}
	if err != nil {
		return finding{What: "record", Said: err.Error(), Hint: "gatehouse audit verify"}
	}
	keys := recordKeys(paths)
	keeper := keys.File
	if head.Kept == audit.KeptInKeyring {
		keeper = keys.Keyring
	}
	f := say("record", "signed "+keptIn(head.Kept), nil)
	if keeper == nil {
		err = errors.New("there is no keyring")
	} else {
		_, err = keeper.Get(audit.KeyName)
	}
	if err != nil {
		f = say("record", "", fmt.Errorf("the key that signs it cannot be reached: %w", err))
		f.Hint = "what happens now is chained and signed once it can be reached; 'gatehouse audit verify' checks the record"
	}
	return f
}

// examineFence is well also where the system has no fence: skills run, and SECURITY.md says what is missing.
func examineFence() finding {
	words, _ := worker.Fence()
	return say("fence around skills", words, nil)
}

// examineLimits says what a call may take where its skill asks for no more, and what stands behind that.
func examineLimits() finding {
	var usual []string
	for _, l := range skill.Defaults().List() {
		usual = append(usual, l.Name+" "+l.Value)
	}
	return say("limits of a call", strings.Join(usual, ", ")+"; of its process: "+worker.Bounds(), nil)
}

// examineCache is well also where nothing is kept, or something was dropped: skills run all the same, after compiling.
func (c *console) examineCache(ctx context.Context, paths home.Paths) finding {
	state := api.Cache(worker.ReadCache(paths.Cache))
	var status api.Status
	if cl, err := c.connectRunning(ctx); err == nil && cl.get(ctx, "/api/status", &status) == nil {
		state = status.Cache
	}
	f := say("compiled code", fmt.Sprintf("%d entries, %s, each with a signature of this computer's", state.Entries, megabytes(state.Bytes)), nil)
	switch {
	case state.Off != "":
		f.Said, f.Hint = "nothing is kept: "+state.Off, "skills run and are compiled each time they start"
	case state.Dropped > 0:
		f.Said += fmt.Sprintf("; %d things were not believed and dropped, the last one: %s", state.Dropped, state.Reason)
	}
	return f
}

func megabytes(n uint64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func examineDesktop() finding {
	f := finding{What: "desktop", OK: true, Said: "your login session has a display for the question window"}
	if len(home.Desktop()) == 0 {
		f.Said, f.Hint = "no login session tells of a display", "'gatehouse open' in a terminal on your desktop tells the host, or use run --here"
	}
	return f
}

func examineWindow() finding {
	program, _, _, err := home.Program()
	if err == nil {
		program = windowProgram(program)
		_, err = os.Stat(program)
	}
	f := say("window program", program, err)
	if err != nil {
		f.Hint = "it belongs beside this program; 'make build' makes both"
	}
	return f
}

func examineSkills() finding {
	names := builtinskills.List()
	for _, name := range names {
		if _, err := builtinskills.Package(name); err != nil {
			return say("built-in skills", "", fmt.Errorf("%s: %w", name, err))
		}
	}
	if len(names) == 0 {
		return finding{What: "built-in skills", Said: "none are in this program", Hint: "run 'make skills' and build again"}
	}
	return say("built-in skills", strings.Join(names, ", "), nil)
}
