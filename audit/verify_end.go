package audit

import (
	"errors"
	"fmt"
	"io/fs"
)

// finish holds what was read against what has to account for it.
func (v *verifier) finish() {
	switch {
	case v.head.Seq == v.Last:
		v.settle(&v.head.Hash)
	default:
		v.settle(nil)
	}
	if v.gap != nil {
		v.fail(Bad{Part: current, Seq: v.First}, Missing, fmt.Sprintf("%s missing, and no line says that they were removed", lines(1, v.gap.Last)))
	}
	for span := range v.unchained {
		if v.chain {
			v.fail(Bad{Part: partName(span.Last), Seq: span.First}, Changed, fmt.Sprintf("%s from before the chain and not what was sealed", lines(span.First, span.Last)))
		}
	}
	v.checkHead()
}

// checkHead holds the end of the record against its head.
func (v *verifier) checkHead() {
	place := Bad{Part: headFile, Seq: v.Last}
	keys, unreachable := v.keys()
	h := v.head
	switch {
	case v.headErr != nil && !v.chain && len(keys) == 0:
		if v.Before > 0 {
			v.note("the record is from before lines were chained; the next start of the host seals it")
		}
		return
	case errors.Is(v.headErr, fs.ErrNotExist):
		v.fail(place, BadHead, "the head is gone, so lines may be missing at the end")
	case v.headErr != nil:
		v.fail(place, BadHead, "the head cannot be read, so lines may be missing at the end")
	case len(keys) == 0 && v.options.Keyring == nil && v.options.File == nil:
	case len(keys) == 0:
		v.fail(place, BadHead, fmt.Sprintf("the key cannot be reached, so the signature cannot be checked: %v", unreachable))
	case h.Key != keys[0] || !h.signedBy(h.Key):
		v.fail(place, BadHead, "the head is not signed with the key of this record")
	}
	switch {
	case v.Bad != nil:
	case h.Seq > v.Last:
		v.fail(v.at, CutOff, fmt.Sprintf("the record ends here; %s missing", lines(v.Last+1, h.Seq)))
	case h.Seq >= v.First && h.Seq > 0 && v.atHead != h.Hash:
		v.at.Seq = h.Seq
		v.fail(v.at, Changed, "this is not the line that was signed")
	}
	v.Signed, v.Kept, v.Time = h.Seq, h.Kept, h.Time
}

// keys are the public keys that may have signed, the one that counts first.
func (v *verifier) keys() (keys []string, err error) {
	for _, k := range []struct {
		keeper Keeper
		kept   string
	}{{v.options.Keyring, KeptInKeyring}, {v.options.File, KeptInFile}} {
		if k.kept == KeptInFile && v.head.Kept == KeptInKeyring {
			continue
		}
		found, bad := keyOf(k.keeper, k.kept, false)
		if bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		keys = append(keys, found.public())
	}
	return keys, err
}
