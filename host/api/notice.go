package api

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"gatehouse/permissions"
)

// Notice is a system notification for a question that came while the person was elsewhere. It answers nothing: all that
// it can do is to bring ask to the front.
type Notice struct {
	// ID is new for each notice.
	ID    string `json:"id"`
	Title string `json:"title"`
	Body  string `json:"body"`
}

// attentive is how long after an answer the person is taken to be still there, looking at ask.
const attentive = 10 * time.Second

// longestNoticed is how many characters of a name stand in a notice.
const longestNoticed = 40

// notice says p in our words, with the names of others as quoted data.
func notice(p permissions.Prompt) *Notice {
	body := fmt.Sprintf("%s “%s”?", p.Verb, plain(p.Name))
	if p.Subject.Skill != "" {
		body += fmt.Sprintf("\nThe skill “%s” asks, for “%s”.", plain(p.Subject.Skill), plain(p.Subject.Client))
	}
	return &Notice{ID: p.Nonce, Title: "Gatehouse asks", Body: body}
}

// plain is name as it may stand where somebody else draws it, perhaps as markup: letters, digits and a few signs as they
// are, everything else by its code point, and the middle of a long one left out.
func plain(name string) string {
	var shown []string
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ._-(),+", r) {
			shown = append(shown, string(r))
		} else {
			shown = append(shown, fmt.Sprintf("‹U+%04X›", r))
		}
	}
	if len(shown) > longestNoticed {
		half := longestNoticed / 2
		shown = append(append(shown[:half:half], "…"), shown[len(shown)-half:]...)
	}
	return strings.Join(shown, "")
}
