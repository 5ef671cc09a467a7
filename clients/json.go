package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tailscale/hujson"
)

// jsonForm is JSON, for some programs with comments.
type jsonForm struct{}

func (jsonForm) put(text []byte, k Kind, e Entry) ([]byte, error) {
	root, object, err := parseJSON(text, k)
	if err != nil {
		return nil, err
	}
	style := styleOf(text, object)
	section, err := member(object, k.section)
	if err != nil {
		return nil, err
	}
	if section == nil {
		section = appendMember(object, k.section, &hujson.Object{}, style, 1)
	}
	servers, ok := section.Value.Value.(*hujson.Object)
	if !ok {
		return nil, fmt.Errorf("its %q is not an object", k.section)
	}
	entry, err := style.value(k, e)
	if err != nil {
		return nil, err
	}
	ours, err := member(servers, Name)
	if err != nil {
		return nil, err
	}
	if ours != nil {
		ours.Value.Value = entry
	} else {
		appendMember(servers, Name, entry, style, 2)
	}
	return root.Pack(), nil
}

func (jsonForm) take(text []byte, k Kind) ([]byte, error) {
	root, object, err := parseJSON(text, k)
	if err != nil {
		return nil, err
	}
	if section, _ := member(object, k.section); section != nil {
		if servers, ok := section.Value.Value.(*hujson.Object); ok {
			removeMember(servers, Name)
		}
	}
	return root.Pack(), nil
}

func (f jsonForm) entry(text []byte, k Kind) (env map[string]string, there bool, err error) {
	all, err := f.read(text, k)
	if err != nil {
		return nil, false, err
	}
	env, there = envOf(all, k.section, "env")
	return env, there, nil
}

func (jsonForm) read(text []byte, k Kind) (map[string]any, error) {
	root, _, err := parseJSON(text, k)
	if err != nil {
		return nil, err
	}
	root.Standardize()
	decoder := json.NewDecoder(bytes.NewReader(root.Pack()))
	decoder.UseNumber()
	all := map[string]any{}
	return all, decoder.Decode(&all)
}

// parseJSON returns the whole and its object. No text at all is an empty object.
func parseJSON(text []byte, k Kind) (root hujson.Value, object *hujson.Object, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}\n")
	}
	// What was parsed lies on the text's own bytes. A comment that ends the file without a line's end is let pass.
	if root, err = hujson.Parse(bytes.Clone(text)); err != nil {
		if ended, failed := hujson.Parse(append(bytes.Clone(text), '\n')); failed == nil {
			root, err = ended, nil
		}
	}
	if err != nil {
		return root, nil, fmt.Errorf("it is not JSON: %s", strings.TrimPrefix(err.Error(), "hujson: "))
	}
	object, ok := root.Value.(*hujson.Object)
	switch {
	case !ok:
		return root, nil, errors.New("it is not a JSON object")
	case !k.comments && !root.IsStandard():
		return root, nil, fmt.Errorf("it has comments or trailing commas, which %s does not read", k.Title)
	}
	return root, object, nil
}

// member returns the member of this name, nil where there is none. Of two nobody knows which one counts.
func member(o *hujson.Object, name string) (found *hujson.ObjectMember, err error) {
	for i := range o.Members {
		if literal, ok := o.Members[i].Name.Value.(hujson.Literal); ok && literal.String() == name {
			if found != nil {
				return nil, fmt.Errorf("%q stands in it twice", name)
			}
			found = &o.Members[i]
		}
	}
	return found, nil
}

// appendMember adds a member at the end. What stood between the last one and the brace stays behind that one.
func appendMember(o *hujson.Object, name string, value hujson.ValueTrimmed, s style, depth int) *hujson.ObjectMember {
	trailing := false
	before := hujson.Extra(bytes.TrimRight(o.AfterExtra, " \t\r\n"))
	if n := len(o.Members); n > 0 {
		trailing = o.Members[n-1].Value.AfterExtra != nil
	}
	after := o.AfterExtra[len(before):]
	if len(o.Members) == 0 {
		after = s.line(depth - 1)
	}
	m := hujson.ObjectMember{
		Name:  hujson.Value{BeforeExtra: append(bytes.Clone(before), s.line(depth)...), Value: hujson.String(name)},
		Value: hujson.Value{BeforeExtra: s.space(), Value: value},
	}
	if trailing {
		m.Value.AfterExtra = hujson.Extra{}
	}
	o.Members, o.AfterExtra = append(o.Members, m), after
	return &o.Members[len(o.Members)-1]
}

// removeMember takes the member of this name out, and undoes what appendMember did to its surroundings.
func removeMember(o *hujson.Object, name string) {
	for i := range o.Members {
		literal, ok := o.Members[i].Name.Value.(hujson.Literal)
		if !ok || literal.String() != name {
			continue
		}
		kept := bytes.TrimRight(o.Members[i].Name.BeforeExtra, " \t\r\n")
		if i+1 < len(o.Members) {
			next := &o.Members[i+1].Name
			next.BeforeExtra = append(bytes.Clone(kept), next.BeforeExtra...)
		} else {
			o.AfterExtra = append(bytes.Clone(kept), o.AfterExtra...)
		}
		o.Members = append(o.Members[:i], o.Members[i+1:]...)
		if len(o.Members) == 0 && len(kept) == 0 {
			o.AfterExtra = nil
		}
		return
	}
}

// style is how a file is laid out: its line's end and its indentation; both empty where all is on one line.
type style struct{ newline, indent string }

func styleOf(text []byte, o *hujson.Object) style {
	s := style{"\n", "  "}
	if bytes.Contains(text, []byte("\r\n")) {
		s.newline = "\r\n"
	}
	if len(o.Members) == 0 {
		return s
	}
	before := string(o.Members[0].Name.BeforeExtra)
	i := strings.LastIndexByte(before, '\n')
	if i < 0 {
		return style{}
	}
	if indent := before[i+1:]; strings.Trim(indent, " \t") == "" && indent != "" {
		s.indent = indent
	}
	return s
}

func (s style) line(depth int) hujson.Extra {
	return hujson.Extra(s.newline + strings.Repeat(s.indent, depth))
}

func (s style) space() hujson.Extra {
	if s.newline == "" {
		return nil
	}
	return hujson.Extra(" ")
}

// value is our entry in this style, two levels deep.
func (s style) value(k Kind, e Entry) (hujson.ValueTrimmed, error) {
	var members []string
	for _, f := range k.dressed {
		members = append(members, quote(f.name)+": "+quote(f.value))
	}
	args, err := json.Marshal(e.Args)
	if err != nil {
		return nil, err
	}
	env, err := json.Marshal(e.Env)
	if err != nil {
		return nil, err
	}
	members = append(members, `"command": `+quote(e.Command), `"args": `+string(args), `"env": `+string(env))
	compact := "{" + strings.Join(members, ",") + "}"
	var out bytes.Buffer
	if s.newline == "" {
		err = json.Compact(&out, []byte(compact))
	} else {
		err = json.Indent(&out, []byte(compact), strings.Repeat(s.indent, 2), s.indent)
	}
	if err != nil {
		return nil, err
	}
	text := out.Bytes()
	if s.newline == "\r\n" {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	parsed, err := hujson.Parse(text)
	return parsed.Value, err
}

// quote spells text as JSON does, which TOML and YAML read too.
func quote(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // text always encodes
	return strings.TrimRight(out.String(), "\n")
}

// envOf returns the environment of our entry in what a file says.
func envOf(all map[string]any, section, env string) (map[string]string, bool) {
	servers, _ := all[section].(map[string]any)
	ours, there := servers[Name]
	entry, _ := ours.(map[string]any)
	values, _ := entry[env].(map[string]any)
	found := map[string]string{}
	for name, value := range values {
		if text, ok := value.(string); ok {
			found[name] = text
		}
	}
	return found, there
}
