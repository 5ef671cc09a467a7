package bridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gatehouse/permissions"
)

// arguments are the members of a call's arguments, by their exact names.
type arguments map[string]json.RawMessage

func readArguments(raw json.RawMessage) (arguments, error) {
	a := arguments{}
	if len(raw) > 0 && (json.Unmarshal(raw, &a) != nil || a == nil) {
		return nil, errors.New("the arguments are no JSON object")
	}
	return a, nil
}

func (a arguments) has(member string) bool { return a[member] != nil }

// text returns a member that is a text, and not an endless one.
func (a arguments) text(member string) (string, error) {
	var text *string
	switch {
	case !a.has(member):
		return "", fmt.Errorf("%q is missing", member)
	case json.Unmarshal(a[member], &text) != nil || text == nil:
		return "", fmt.Errorf("%q is no text", member)
	case len(*text) > longestQuery:
		return "", fmt.Errorf("%q is longer than %d bytes", member, longestQuery)
	}
	return *text, nil
}

// number returns a member that is a whole number in bounds; usual where it is missing.
func (a arguments) number(member string, usual, least, most int) (int, error) {
	if !a.has(member) {
		return usual, nil
	}
	var n *int
	if json.Unmarshal(a[member], &n) != nil || n == nil || *n < least || *n > most {
		return 0, fmt.Errorf("%q is no whole number from %d to %d", member, least, most)
	}
	return *n, nil
}

// details reads the member details into a struct of ours, which has every member that may be there; required are those that
// must be, and are not empty.
func (a arguments) details(into any, required ...string) error {
	members, err := readArguments(a["details"])
	if err != nil || !a.has("details") {
		return wrong(errors.New(`"details" is missing or no JSON object`))
	}
	for member := range members {
		if !slices.Contains(required, member) {
			return wrong(fmt.Errorf("there is no %q in details", permissions.Visible(member)))
		}
	}
	for _, member := range required {
		if text, err := members.text(member); member != "access" && (err != nil || text == "") {
			return wrong(fmt.Errorf("%q in details is missing, empty, no text, or longer than %d bytes", member, longestQuery))
		}
	}
	if json.Unmarshal(a["details"], into) != nil {
		return wrong(errors.New(`"details" does not fit the tool`))
	}
	return nil
}
