package host

import (
	"context"
	"encoding/json"

	"gatehouse/permissions"
	"gatehouse/powers"
	"gatehouse/powers/dry"
	"gatehouse/skill"
	"gatehouse/worker"
)

// Dry is what a dry run found.
type Dry struct {
	// Wishes are what the skill asked for, in that order, and More how often it asked for something else after there
	// were too many of them.
	Wishes []dry.Wish
	More   int
	// Proposal is a manifest that asks for no more.
	Proposal skill.Proposal
	// Failed says how the call ended where it did not end well, as it may with empty answers; nil otherwise.
	Failed *Error
}

// dry lets the guest run in its worker like any other, with powers that note everything and do nothing: nobody is asked,
// nothing that was granted counts, and neither a file nor a variable of this machine nor the network is looked at.
func (h *Host) dry(ctx context.Context, p prepared, c Call) (Result, error) {
	notes, limits := &dry.Notes{}, p.pkg.Manifest.Limits.Filled()
	names, addresses := dry.Answers(c.Answers)
	files, err := dry.NewFiles(dry.FilesOptions{Notes: notes, Answers: names, OpenFiles: int(limits.Files)})
	if err != nil {
		return Result{}, &Error{Code: CodeInput, Message: err.Error(), cause: err}
	}
	input, err := json.Marshal(map[string]any{"tool": c.Tool, "input": c.Input})
	if err != nil {
		return Result{}, err
	}
	done, err := h.Pool.Run(ctx, worker.Task{
		Skill: p.pkg.Manifest.Name, Digest: p.pkg.Digest, Wasm: p.pkg.Wasm, Limits: p.pkg.Manifest.Limits, Input: input,
	}, powers.Set{Files: files, Env: dry.Env{Notes: notes}, HTTP: dry.HTTP{Notes: notes, Answers: addresses, Payload: uint64(limits.Payload)}})
	result := Result{Output: json.RawMessage(done.Output), Usage: usageOf(done.Usage), Dry: &Dry{}}
	if err == nil {
		err = checkOutput(p.tool, result.Output)
	}
	if err != nil {
		result.Dry.Failed, result.Output = Explain(err), nil
	}
	result.Dry.Wishes, result.Dry.More = notes.Wishes()
	var wanted []permissions.Grant
	for _, w := range result.Dry.Wishes {
		wanted = append(wanted, w.Grant)
	}
	result.Dry.Proposal = p.pkg.Manifest.Propose(wanted)
	return result, ctx.Err()
}
