package permissions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Bounds of a policy file: every check looks at every rule.
const (
	longestPolicy = 64 << 10
	mostRules     = 500
	longestWhy    = 120 // characters
	longestName   = 64  // bytes of a skill's or client's name
)

// PolicyError says what is wrong in a policy file. Place is a JSON pointer, or a line where it is not JSON at all. All
// of it may hold hostile text.
type PolicyError struct{ Name, Place, Reason string }

// Error says the file, the place and the reason.
func (e *PolicyError) Error() string { return e.Name + e.Place + ": " + e.Reason }

// ParsePolicy reads a policy file (docs/policies.md). name is where it stands, for its rules' IDs and its errors, each
// of which is a *PolicyError. A field that it does not know, or that stands there twice, is an error: a policy that says
// something else than its writer meant is worse than none. Only the person's layer may allow.
func ParsePolicy(layer Layer, name string, text []byte) (Policy, error) {
	r := policyReader{name: name, decoder: json.NewDecoder(bytes.NewReader(text))}
	r.decoder.UseNumber()
	if err := r.check(text); err != nil {
		return Policy{}, err
	}
	p := Policy{Layer: layer, Name: name}
	version := ""
	fields := map[string]func(string) error{
		"policyVersion": func(at string) (err error) { version, err = r.number(at); return err },
		"only":          func(at string) (err error) { p.Only, err = r.grants(at); return err },
		"deny":          func(at string) (err error) { p.Deny, err = r.rules(at); return err },
		"ask":           func(at string) (err error) { p.Ask, err = r.rules(at); return err },
	}
	if layer == LayerUser {
		fields["allow"] = func(at string) (err error) { p.Allow, err = r.rules(at); return err }
	}
	if err := r.object("#", fields); err != nil {
		return Policy{}, err
	}
	if version != "1" {
		return Policy{}, r.fault("#/policyVersion", `it has to be there, and 1 is the only version so far`)
	}
	if n := len(p.Only) + len(p.Deny) + len(p.Ask) + len(p.Allow); n > mostRules {
		return Policy{}, r.fault("#", "there are %d rules, and at most %d may be", n, mostRules)
	}
	return p, nil
}

// policyReader reads the tokens of a text that is JSON.
type policyReader struct {
	name    string
	decoder *json.Decoder
}

func (r policyReader) fault(place, format string, args ...any) error {
	return &PolicyError{r.name, place, fmt.Sprintf(format, args...)}
}

func (r policyReader) check(text []byte) error {
	var any json.RawMessage
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(text, &any); {
	case len(text) > longestPolicy:
		return r.fault("", "it is longer than %d KiB", longestPolicy>>10)
	case !utf8.Valid(text):
		return r.fault("", "it is not UTF-8 text")
	case bytes.HasPrefix(text, []byte("\ufeff")):
		return r.fault(" line 1", "it begins with a byte order mark, which nobody sees; save it as UTF-8 without one")
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		return r.fault(" line "+strconv.Itoa(line), "it is not JSON: %v", err)
	case err != nil:
		return r.fault("", "it is not JSON: %v", err)
	}
	return nil
}

// object reads one object, each field by its own function, which gets its place.
func (r policyReader) object(place string, fields map[string]func(place string) error) error {
	if token, _ := r.decoder.Token(); token != json.Delim('{') {
		return r.fault(place, "it is not an object")
	}
	read := map[string]bool{}
	for r.decoder.More() {
		token, _ := r.decoder.Token()
		key, _ := token.(string)
		at := place + "/" + key
		field, known := fields[key]
		switch {
		case !known && key == "allow":
			return r.fault(at, "a policy file only narrows: what is allowed is yours to say, with gatehouse policy add allow")
		case !known:
			return r.fault(place, "there is no field %q", key)
		case read[key]:
			return r.fault(at, "the field stands here twice")
		}
		read[key] = true
		if err := field(at); err != nil {
			return err
		}
	}
	_, _ = r.decoder.Token()
	return nil
}

func (r policyReader) list(place string, element func(place string) error) error {
	if token, _ := r.decoder.Token(); token != json.Delim('[') {
		return r.fault(place, "it is not a list")
	}
	for i := 0; r.decoder.More(); i++ {
		if err := element(place + "/" + strconv.Itoa(i)); err != nil {
			return err
		}
	}
	_, _ = r.decoder.Token()
	return nil
}

func (r policyReader) number(place string) (string, error) {
	token, _ := r.decoder.Token()
	number, ok := token.(json.Number)
	if !ok {
		return "", r.fault(place, "it is not a number")
	}
	return number.String(), nil
}

func (r policyReader) text(place string) (string, error) {
	token, _ := r.decoder.Token()
	text, ok := token.(string)
	if !ok {
		return "", r.fault(place, "it is not text")
	}
	return text, nil
}

// whom reads a name. An empty one would be a rule for everybody, which is written by leaving the field out.
func (r policyReader) whom(place string) (string, error) {
	name, err := r.text(place)
	if err == nil && name == "" {
		err = r.fault(place, "the name is empty; without this field the rule is for every one")
	}
	return name, err
}

func (r policyReader) grant(place string) (Grant, error) {
	text, err := r.text(place)
	if err != nil {
		return Grant{}, err
	}
	g, err := Parse(text)
	if err != nil {
		return g, r.fault(place, "%v", err)
	}
	return g, nil
}

// grants is never nil: a list that is there and empty is a ceiling that lets nothing through.
func (r policyReader) grants(place string) ([]Grant, error) {
	grants := []Grant{}
	err := r.list(place, func(at string) error {
		g, err := r.grant(at)
		grants = append(grants, g)
		return err
	})
	return grants, err
}

func (r policyReader) rules(place string) ([]Rule, error) {
	var rules []Rule
	err := r.list(place, func(at string) error {
		rule := Rule{ID: r.name + at}
		err := r.object(at, map[string]func(string) error{
			"grant":  func(at string) (err error) { rule.Grant, err = r.grant(at); return err },
			"skill":  func(at string) (err error) { rule.Skill, err = r.whom(at); return err },
			"client": func(at string) (err error) { rule.Client, err = r.whom(at); return err },
			"why":    func(at string) (err error) { rule.Why, err = r.text(at); return err },
		})
		if err == nil {
			err = r.checkRule(at, rule)
		}
		rules = append(rules, rule)
		return err
	})
	return rules, err
}

func (r policyReader) checkRule(at string, rule Rule) error {
	if reason := rule.Fault(); reason != "" {
		return r.fault(at, "%s", reason)
	}
	return nil
}

// Fault says why r cannot be a rule of any policy, or nothing.
func (r Rule) Fault() string {
	names := []string{r.Skill, r.Client}
	tooLong := func(name string) bool { return len(name) > longestName }
	switch {
	case r.Grant == Grant{}:
		return `a rule has a "grant"`
	case slices.ContainsFunc(names, tooLong):
		return fmt.Sprintf("a skill's or client's name has at most %d bytes", longestName)
	case !utf8.ValidString(r.Skill + r.Client + r.Why):
		return "its words are not UTF-8 text"
	case utf8.RuneCountInString(r.Why) > longestWhy:
		return fmt.Sprintf("its why has at most %d characters", longestWhy)
	}
	return ""
}
