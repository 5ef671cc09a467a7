package clients

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// yamlForm is YAML as goose writes it: an extension of ours below the key that holds them.
type yamlForm struct{}

func (f yamlForm) put(text []byte, k Kind, e Entry) ([]byte, error) {
	text, err := f.take(text, k)
	if err != nil {
		return nil, err
	}
	newline := lineEnd(text)
	lines := bytes.SplitAfter(text, []byte("\n"))
	at := slices.IndexFunc(lines, func(l []byte) bool { return isKey(l, k.section) })
	if at < 0 {
		if n := len(text); n > 0 && text[n-1] != '\n' {
			text = append(bytes.Clone(text), newline...)
		}
		return append(bytes.Clone(text), k.section+":"+newline+block(e, "  ", newline)...), nil
	}
	if line := bytes.TrimSpace(lines[at]); bytes.HasSuffix(line, []byte("{}")) {
		lines[at] = []byte(k.section + ":" + newline)
	}
	if at == len(lines)-1 { // the file ends with the key
		lines[at] = append(bytes.TrimRight(lines[at], "\r\n"), newline...)
	}
	return bytes.Join(slices.Concat(lines[:at+1], [][]byte{[]byte(block(e, indentBelow(lines[at+1:]), newline))}, lines[at+1:]), nil), nil
}

// block is our extension's lines at this indentation.
func block(e Entry, indent, newline string) string {
	deeper := indent + "  "
	lines := []string{
		indent + Name + ":",
		deeper + "name: " + Name, deeper + "description: skills in a sandbox that asks", deeper + "type: stdio", deeper + "enabled: true",
		deeper + "timeout: 300", deeper + "cmd: " + quote(e.Command), deeper + "args:",
	}
	for _, a := range e.Args {
		lines = append(lines, deeper+"  - "+quote(a))
	}
	lines = append(lines, deeper+"envs:")
	for _, name := range slices.Sorted(maps.Keys(e.Env)) {
		lines = append(lines, deeper+"  "+name+": "+quote(e.Env[name]))
	}
	return strings.Join(lines, newline) + newline
}

// take leaves out our extension: its key and the lines that are indented deeper.
func (yamlForm) take(text []byte, k Kind) ([]byte, error) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	section := slices.IndexFunc(lines, func(l []byte) bool { return isKey(l, k.section) })
	if section < 0 {
		return text, nil
	}
	indent := indentBelow(lines[section+1:])
	for from := section + 1; from < len(lines); from++ {
		if !blank(lines[from]) && indentOf(lines[from]) == "" {
			break // another key of the whole file
		}
		if indentOf(lines[from]) != indent || !isKey(bytes.TrimPrefix(lines[from], []byte(indent)), Name) {
			continue
		}
		to := from + 1
		for to < len(lines) && len(bytes.TrimSpace(lines[to])) > 0 && len(indentOf(lines[to])) > len(indent) {
			to++
		}
		return bytes.Join(slices.Concat(lines[:from], lines[to:]), nil), nil
	}
	return text, nil
}

func (f yamlForm) entry(text []byte, k Kind) (env map[string]string, there bool, err error) {
	all, err := f.read(text, k)
	if err != nil {
		return nil, false, err
	}
	env, there = envOf(all, k.section, "envs")
	return env, there, nil
}

func (yamlForm) read(text []byte, k Kind) (map[string]any, error) {
	all := map[string]any{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&all)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("it is not YAML: %s", strings.SplitN(yaml.FormatError(err, false, false), "\n", 2)[0])
	}
	if err == nil && !errors.Is(decoder.Decode(new(any)), io.EOF) {
		return nil, errors.New("it holds more than one document")
	}
	if all == nil {
		all = map[string]any{} // as of an empty text
	}
	// An empty section is none.
	if servers, there := all[k.section]; there && servers == nil {
		all[k.section] = map[string]any{}
	}
	return all, nil
}

// isKey says whether a line begins a mapping of this name.
func isKey(line []byte, name string) bool {
	rest, ok := strings.CutPrefix(string(line), name+":")
	if !ok {
		return false
	}
	rest, _, _ = strings.Cut(rest, " #")
	return strings.TrimSpace(rest) == "" || strings.TrimSpace(rest) == "{}"
}

func blank(line []byte) bool {
	trimmed := bytes.TrimSpace(line)
	return len(trimmed) == 0 || trimmed[0] == '#'
}

func indentOf(line []byte) string {
	return string(line[:len(line)-len(bytes.TrimLeft(line, " "))])
}

// indentBelow is the indentation of what stands below a key.
func indentBelow(lines [][]byte) string {
	for _, line := range lines {
		if blank(line) {
			continue
		}
		if indent := indentOf(line); indent != "" {
			return indent
		}
		break
	}
	return "  "
}
