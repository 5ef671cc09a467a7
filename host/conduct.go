package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/local"
	"gatehouse/skill"
	"gatehouse/worker"
)

// conduct is the trip itself, in the order in which it happens. A call that cannot run has its two lines in the record
// like every other.
func (h *Host) conduct(ctx context.Context, id string, c Call) (Result, error) {
	p, err := h.prepare(c)
	record := callRecord(id, p.subject, c)
	if err := h.Audit.Append(record); err != nil {
		return Result{}, &Error{Code: CodeStorage, Message: "the record cannot be written, so nothing runs: " + err.Error(), cause: err}
	}
	if err != nil {
		return Result{}, h.ended(record, Result{}, err)
	}
	if c.Own != nil {
		result, err := h.own(ctx, id, p, c)
		return result, h.ended(record, result, err)
	}
	if c.Dry {
		result, err := h.dry(ctx, p, c)
		return result, h.ended(record, result, err)
	}

	guard := h.Broker.Begin(p.subject, p.asked, permissions.CallInfo{
		ID: id, Tool: c.Tool, Arguments: string(c.Input), Waiting: c.Waiting,
	})
	defer guard.End()
	ledger := &ledger{host: h, call: id, tool: c.Tool, subject: p.subject}
	result, err := h.run(ctx, guard, ledger, p.pkg, p.subject, c)
	result.Usage.Waiting = guard.Waited()
	result.Refusals, result.Changes = guard.Refusals(), ledger.list()
	if err == nil {
		err = checkOutput(p.tool, result.Output)
	}
	err = refusalFirst(err, result.Refusals)
	if err != nil {
		result.Output = nil
	}
	return result, h.ended(record, result, err)
}

// ended writes down how the call of began ended, and returns err, or that it could not.
func (h *Host) ended(began audit.Record, result Result, err error) error {
	if recordErr := h.Audit.Append(resultRecord(began, result, err)); recordErr != nil && err == nil {
		return &Error{Code: CodeStorage, Message: "how the call ended cannot be recorded: " + recordErr.Error(), cause: recordErr}
	}
	return err
}

// prepared is what a call needs before it can begin.
type prepared struct {
	pkg     *skill.Package
	tool    skill.Tool
	subject permissions.Subject
	asked   permissions.Capabilities
}

// prepare finds what c calls, and for whom. Where it fails, the subject is what is known so far.
func (h *Host) prepare(c Call) (p prepared, err error) {
	if c.Dry {
		c.Workspace = "" // nothing of it is looked at
	}
	p.subject = permissions.Subject{Skill: c.Skill, Client: c.Client, Session: c.Session, Profile: c.Profile}
	if c.Skill == "" && c.Own != nil {
		return p, nil
	}
	if err := h.inProfiles(c); err != nil {
		return p, err
	}
	if p.pkg, p.tool, err = h.find(c); err == nil {
		p.subject, p.asked, err = h.subject(p.pkg, c)
	}
	return p, err
}

// inProfiles refuses a skill that one of the profiles which hold for the call's client leaves out.
func (h *Host) inProfiles(c Call) error {
	if h.Profiles == nil {
		return nil
	}
	hold, err := h.Profiles(c.Client, c.Profile)
	if err != nil {
		return noProfile(err)
	}
	for _, p := range hold {
		if !p.Has(c.Skill) {
			return &Error{Code: CodeNotFound, Message: fmt.Sprintf("the profile %s has no skill called %q", p.Name, c.Skill), Hint: "gatehouse profile list"}
		}
	}
	return nil
}

func (h *Host) find(c Call) (*skill.Package, skill.Tool, error) {
	pkg, err := h.Library.Load(c.Skill)
	if errors.Is(err, skill.ErrNotFound) {
		return nil, skill.Tool{}, &Error{Code: CodeNotFound, Message: fmt.Sprintf("no skill is called %q", c.Skill),
			Hint: "gatehouse skill list", cause: err}
	}
	if err != nil || c.Own != nil {
		return pkg, skill.Tool{}, err
	}
	if pkg.Manifest.Kind != skill.Command {
		return nil, skill.Tool{}, &Error{Code: CodeUnsupported,
			Message: fmt.Sprintf("%s is a skill of kind %q, which this version of Gatehouse does not run", c.Skill, pkg.Manifest.Kind)}
	}
	if tool, ok := pkg.Manifest.Tool(c.Tool); ok {
		return pkg, tool, checkInput(tool, c.Input)
	}
	var names []string
	for _, tool := range pkg.Manifest.Tools {
		names = append(names, tool.Name)
	}
	return nil, skill.Tool{}, &Error{Code: CodeNotFound, Message: fmt.Sprintf("%s has no tool called %q", c.Skill, c.Tool),
		Hint: "it has " + strings.Join(names, ", ")}
}

func checkInput(tool skill.Tool, input json.RawMessage) error {
	err := tool.CheckInput(input)
	var invalid *skill.InvalidError
	if errors.As(err, &invalid) {
		return &Error{Code: CodeInput, Message: "the input does not fit the tool: " + err.Error(), Hint: invalid.Hint, cause: err}
	}
	return err
}

func checkOutput(tool skill.Tool, output json.RawMessage) error {
	if !json.Valid(output) {
		return &Error{Code: CodeGuest, Message: "the skill's answer is not JSON", Detail: excerpt(output)}
	}
	if err := tool.CheckOutput(output); err != nil {
		return &Error{Code: CodeGuest, Message: "the skill's answer does not fit its own schema: " + err.Error(), cause: err}
	}
	return nil
}

// refusalFirst makes a refusal the error of a call whose guest failed after it, its words the detail.
func refusalFirst(err error, refusals []permissions.DeniedError) error {
	var guest *Error
	if err == nil || len(refusals) == 0 || !errors.As(Explain(err), &guest) || guest.Code != CodeGuest {
		return err
	}
	out := explainDenied(&refusals[0])
	out.Detail = guest.Detail
	if out.Detail == "" {
		out.Detail = guest.Message
	}
	return out
}

// limitFirst makes a limit of the network the error of a call whose guest failed after it, its words the detail.
func limitFirst(err error, over *powers.HTTPError) error {
	var guest *worker.GuestError
	if over == nil || !errors.As(err, &guest) {
		return err
	}
	out := *Explain(&worker.LimitError{Code: string(over.Fault), Limit: over.Limit, Used: over.Used})
	out.Detail = strings.TrimSpace(guest.Stderr)
	return &out
}

// Subject says who a call would be for and what its skill asks for, without calling anything.
func (h *Host) Subject(c Call) (permissions.Subject, permissions.Capabilities, error) {
	pkg, err := h.Library.Load(c.Skill)
	if err != nil {
		return permissions.Subject{}, permissions.Capabilities{}, err
	}
	return h.subject(pkg, c)
}

func (h *Host) subject(pkg *skill.Package, c Call) (permissions.Subject, permissions.Capabilities, error) {
	asked, hash := h.capabilities(pkg)
	s := permissions.Subject{
		Skill: pkg.Manifest.Name, Version: pkg.Manifest.Version, Signer: pkg.Signer(),
		Digest: string(pkg.Digest), Capabilities: hash,
		Client: c.Client, Session: c.Session, Profile: c.Profile,
	}
	if s.Signer != skill.BuiltIn {
		s.Origin = pkg.Origin
	}
	if pkg.Development {
		s.Digest = ""
	}
	if c.Workspace == "" {
		return s, asked, nil
	}
	real, err := ResolveWorkspace(c.Workspace, h.Home, h.Own, h.Programs)
	s.Workspace = real
	return s, asked, err
}

// capabilities returns what pkg asks for, and its hash. A library hands out one package as long as the skill is the
// same, so both are made once for each.
func (h *Host) capabilities(pkg *skill.Package) (permissions.Capabilities, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.hashed[pkg.Manifest.Name]
	if known.pkg != pkg {
		known = hashed{pkg, pkg.Manifest.Capabilities(), string(pkg.Manifest.CapabilitiesHash())}
		h.hashed[pkg.Manifest.Name] = known
	}
	return known.capabilities, known.hash
}

// run confirms what the skill requires and then lets the guest run in its worker. What the guest left open is committed
// where it ended well: a refusal there is the call's error.
func (h *Host) run(ctx context.Context, guard *permissions.Guard, keeper *ledger, pkg *skill.Package, s permissions.Subject, c Call) (Result, error) {
	if err := guard.Start(ctx); err != nil {
		return Result{}, err
	}
	leave, err := h.turns.take(ctx, pkg, s.Client)
	if err != nil {
		return Result{}, err
	}
	defer leave()
	files, err := local.NewFiles(local.FilesOptions{
		Checker: guard, Workspace: s.Workspace, OpenFiles: int(pkg.Manifest.Limits.Filled().Files), Scratch: h.Drafts, Keeper: keeper,
	})
	if err != nil {
		return Result{}, fmt.Errorf("opening the workspace: %w", err)
	}
	defer files.Close()
	limits := pkg.Manifest.Limits.Filled()
	http := local.NewHTTP(local.HTTPOptions{
		Checker: guard, Network: h.Network, Requests: limits.Requests, Payload: uint64(limits.Payload), Journal: keeper,
	})
	defer http.Close()
	guard.OnRevoke(func() {
		files.Revoke()
		http.Revoke()
	})
	input, err := json.Marshal(map[string]any{"tool": c.Tool, "input": c.Input})
	if err != nil {
		return Result{}, err
	}
	asked, _ := h.capabilities(pkg)
	env := local.NewEnv(guard, os.LookupEnv)
	done, err := h.Pool.Run(ctx, worker.Task{
		Skill: pkg.Manifest.Name, Digest: pkg.Digest, Wasm: pkg.Wasm, Limits: pkg.Manifest.Limits, Input: input,
		Env: environment(ctx, guard, env, asked),
	}, powers.Set{Files: files, Env: env, HTTP: http})
	if err == nil {
		err = files.Commit(ctx)
	}
	http.Close() // which writes down what was still under way
	usage := usageOf(done.Usage)
	usage.Read, usage.Written = files.Usage()
	usage.Requests, usage.Sent, usage.Received = http.Usage()
	return Result{Output: json.RawMessage(done.Output), Usage: usage}, limitFirst(err, http.Over())
}

// environment gives the guest those variables that its manifest names and the person has already allowed: a program
// reads all of its environment before its first line, so asking there would ask for everything at once. Each that is
// given is a request in the record, and a use of the decision that allows it.
func environment(ctx context.Context, guard *permissions.Guard, env *local.Env, c permissions.Capabilities) map[string]string {
	given := map[string]string{}
	for _, line := range slices.Concat(c.Requires, c.Optional) {
		if line.Grant.Kind() != permissions.Env || guard.Granted(ctx, permissions.Need{Grant: line.Grant}) != nil {
			continue
		}
		name := strings.TrimPrefix(line.Grant.String(), "env:")
		if value, ok, err := env.Lookup(ctx, name); ok && err == nil {
			given[name] = value
		}
	}
	return given
}

func excerpt(b []byte) string {
	const most = 200
	if len(b) > most {
		return strings.ToValidUTF8(string(b[:most]), "\uFFFD") + "…"
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}
