package local

import (
	"context"
	"io"
	"io/fs"
	"time"

	"gatehouse/permissions"
)

// Keeper is told of every change before it happens. host.Undo keeps what it needs to take it back.
type Keeper interface {
	// Keep returns once w is written down and old is kept. old is what stands there now, nil where nothing does or where
	// it cannot be kept. Where Keep fails the change does not happen; otherwise the caller says through done whether it
	// did.
	Keep(ctx context.Context, w Written, old io.Reader) (done func(happened bool), err error)
}

// Written is one change that was allowed.
type Written struct {
	// Operation is WriteContent, Create, MakeFolder, MakeLink, Remove, Rename or Touch.
	Operation permissions.Operation `json:"operation"`
	Grant     permissions.Grant     `json:"grant"`
	// Path is the real path that changes, Other the one that a rename or a new link leads to.
	Path   string `json:"path"`
	Other  string `json:"other,omitempty"`
	Folder bool   `json:"folder,omitempty"`
	// Replaces says that something stood there, or at Other; Mode and Modified are what it had.
	Replaces bool        `json:"replaces,omitempty"`
	Mode     fs.FileMode `json:"mode,omitempty"`
	Modified time.Time   `json:"modified,omitzero"`
	// Before and After are sizes in bytes, the digests those of what stood there and of what stands there then: empty
	// where there is no file or it was not read. A link's digest is that of what it says.
	Before       int64  `json:"before"`
	After        int64  `json:"after"`
	BeforeDigest string `json:"beforeDigest,omitempty"`
	AfterDigest  string `json:"afterDigest,omitempty"`
	// Added and Removed count lines.
	Added   int `json:"added,omitempty"`
	Removed int `json:"removed,omitempty"`
}

// keep tells the keeper, where there is one. A failure is a refusal: what cannot be written down does not happen.
func (f *Files) keep(ctx context.Context, w Written, old io.Reader) (done func(bool), err error) {
	if f.keeper == nil {
		return func(bool) {}, nil
	}
	if done, err = f.keeper.Keep(ctx, w, old); err != nil {
		return nil, &permissions.DeniedError{Code: permissions.CodeStorage, Grant: w.Grant.String(), Rule: permissions.RuleStorage}
	}
	return done, nil
}

// mostPreviewed is the largest file, in bytes, that is copied, compared and kept.
const mostPreviewed = 64 << 20

// final says whether what operation does to what stands at p cannot be taken back.
func (f *Files) final(operation permissions.Operation, p *place) bool {
	if p.object == nil {
		return false
	}
	if p.object.info.IsDir() {
		return operation == permissions.Rename
	}
	switch operation {
	case permissions.WriteContent, permissions.Remove, permissions.Receive:
		return f.keeper == nil || p.direct || !p.object.info.Mode().IsRegular() || p.object.info.Size() > mostPreviewed
	}
	return false
}
