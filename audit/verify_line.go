package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/skill"
)

// line looks at one line, without its newline, after the one before.
func (v *verifier) line(here Bad, text []byte) {
	var r Record
	l, err := linkOf(text)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	v.settle(l.Prev)
	if err != nil || l.Prev != nil && !isCanonical(r, text) || l.Prev == nil && v.chain {
		v.fail(here, Changed, "this is not a line that Gatehouse wrote")
		l, r = link{Seq: here.Seq}, Record{}
		v.prev, text = "", nil
	}
	v.order(&here, l)
	if v.Bad != nil {
		return
	}
	switch {
	case text == nil:
	case l.Prev == nil:
		v.Before++
	default:
		v.chain = true
		if before := v.at; v.prev != "" && *l.Prev != v.prev {
			v.doubt = &before
		}
	}
	v.prev = ""
	if text != nil {
		v.prev = hashOf(text)
	}
	v.Lines++
	v.Last, v.at = l.Seq, here
	if l.Seq == v.head.Seq {
		v.atHead = v.prev
	}
	v.about(here, r)
}

// settle names which of two lines was changed that do not fit each other, now that it is known which hash was written
// of the later one, if it is.
func (v *verifier) settle(written *string) {
	if v.doubt == nil {
		return
	}
	place := *v.doubt
	if written != nil && *written != v.prev {
		place = v.at
	}
	v.doubt = nil
	v.fail(place, Changed, "this is not the line that the next one was written after")
}

// order looks at a line's number. Numbers count from 1 without a gap.
func (v *verifier) order(here *Bad, l link) {
	switch wanted := here.Seq; {
	case v.Lines == 0:
		v.First, here.Seq = l.Seq, l.Seq
		if l.Seq > 1 {
			v.gap = &Span{Last: l.Seq - 1}
			if l.Prev != nil {
				v.gap.Hash = *l.Prev
			}
		}
	case l.Seq > wanted:
		v.fail(*here, Missing, fmt.Sprintf("%s missing before this line, which has the number %d", lines(wanted, l.Seq-1), l.Seq))
		v.prev = ""
	case l.Seq < wanted:
		v.fail(*here, Reordered, fmt.Sprintf("the line with the number %d stands where %d belongs", l.Seq, wanted))
		v.prev = ""
	}
}

// about follows what lines say of the record itself.
func (v *verifier) about(here Bad, r Record) {
	switch {
	case r.Kind == KindTorn:
		v.note("line %d: the record ended in the middle of a line, as after a crash; that is in audit.torn", r.Seq)
	case r.Kind == KindKey && r.Outcome == Unreachable:
		v.note("line %d: the keyring that holds the key could not be reached; what follows was signed only when it could be again", r.Seq)
	case r.Kind == KindKey:
		v.note("line %d: from here on another key signs, kept in the %s", r.Seq, r.Outcome)
	case r.Span == nil:
	case r.Kind == KindSeal:
		delete(v.unchained, *r.Span)
	case r.Kind == KindRemoved:
		if v.gap != nil && v.gap.Last == r.Span.Last && (v.gap.Hash == "" || v.gap.Hash == r.Span.Hash) {
			v.gap = nil
		}
		v.Removed = r.Span.Last
	case r.Kind == KindBroken:
		v.fail(here, r.Outcome, fmt.Sprintf("when the record was opened on %s, %s", r.Time.Format(time.DateOnly), broken(r)))
	}
}

// broken says what a line of KindBroken found.
func broken(r Record) string {
	switch r.Outcome {
	case CutOff:
		return fmt.Sprintf("%s missing at its end", lines(r.Span.First, r.Span.Last))
	case BadHead:
		return "its head was gone, or not one that its key had signed"
	}
	return fmt.Sprintf("%s not those that were signed", lines(r.Span.First, r.Span.Last))
}

// isCanonical says whether text is canonical JSON. r is what it holds; a line of a later Gatehouse holds more.
func isCanonical(r Record, text []byte) bool {
	if again, err := r.canonical(); err == nil && bytes.Equal(again, text) {
		return true
	}
	var value any
	if json.Unmarshal(text, &value) != nil {
		return false
	}
	again, err := skill.Canonical(value)
	return err == nil && bytes.Equal(again, text)
}
