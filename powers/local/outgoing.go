package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/permissions"
)

// shownBytes and shownLines are how much of a body a person is shown.
const (
	shownBytes = 4 << 10
	shownLines = 60
)

// need is the hop as the person is to see it, with what there is of its body.
func (h *hop) need(body []byte) permissions.Need {
	r := &permissions.Outgoing{Method: h.target.Method, URL: h.target.String(), Headers: h.lines, From: h.from, Size: int64(len(body))}
	r.Text, r.Cut, r.Binary = beginning(body)
	return permissions.Need{Grant: h.grant(), Object: permissions.Object{Identity: h.identity(body), Request: r}}
}

// identity tells what is sent from everything else that could be.
func (h *hop) identity(body []byte) string {
	all := sha256.New()
	head, _ := json.Marshal([]any{h.target.Method, h.target.String(), h.lines}) // strings alone
	all.Write(head)
	all.Write([]byte{0})
	all.Write(body)
	return "request:" + hex.EncodeToString(all.Sum(nil))
}

// beginning is what of a body can be shown.
func beginning(body []byte) (text string, cut, binary bool) {
	shown := body[:min(len(body), shownBytes)]
	for len(shown) < len(body) && len(shown) > 0 && !utf8.RuneStart(body[len(shown)]) {
		shown = shown[:len(shown)-1]
	}
	text = string(shown)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }) {
		return "", false, true
	}
	if lines := strings.SplitAfter(text, "\n"); len(lines) > shownLines {
		text = strings.Join(lines[:shownLines], "")
	}
	return text, len(text) < len(body), false
}
