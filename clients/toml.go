package clients

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// tomlForm is TOML: a table of ours at the end of the file.
type tomlForm struct{}

func (f tomlForm) put(text []byte, k Kind, e Entry) ([]byte, error) {
	text, err := f.take(text, k)
	if err != nil {
		return nil, err
	}
	newline := lineEnd(text)
	var args, env []string
	for _, a := range e.Args {
		args = append(args, quote(a))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Env)) {
		env = append(env, name+" = "+quote(e.Env[name]))
	}
	lines := []string{
		header(k),
		"command = " + quote(e.Command),
		"args = [" + strings.Join(args, ", ") + "]",
		"env = { " + strings.Join(env, ", ") + " }", "",
	}
	return append(ended(text, newline), strings.Join(lines, newline)...), nil
}

func header(k Kind) string { return "[" + k.section + "." + Name + "]" }

// take leaves out the lines of our table, and the empty line before it.
func (tomlForm) take(text []byte, k Kind) ([]byte, error) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	from := slices.IndexFunc(lines, func(l []byte) bool { return string(bytes.TrimSpace(l)) == header(k) })
	if from < 0 {
		return text, nil
	}
	to := from + 1
	for to < len(lines) {
		line := bytes.TrimSpace(lines[to])
		if len(line) == 0 || line[0] == '[' || line[0] == '#' {
			break
		}
		to++
	}
	if from > 0 && len(bytes.TrimSpace(lines[from-1])) == 0 {
		from--
	}
	return bytes.Join(slices.Concat(lines[:from], lines[to:]), nil), nil
}

func (f tomlForm) entry(text []byte, k Kind) (env map[string]string, there bool, err error) {
	all, err := f.read(text, k)
	if err != nil {
		return nil, false, err
	}
	env, there = envOf(all, k.section, "env")
	return env, there, nil
}

func (tomlForm) read(text []byte, _ Kind) (map[string]any, error) {
	all := map[string]any{}
	err := toml.Unmarshal(text, &all)
	var where *toml.DecodeError
	if errors.As(err, &where) {
		line, _ := where.Position()
		return nil, fmt.Errorf("it is not TOML: line %d: %w", line, err)
	}
	if err != nil {
		return nil, fmt.Errorf("it is not TOML: %w", err)
	}
	return all, nil
}

// lineEnd is how the lines of text end.
func lineEnd(text []byte) string {
	if bytes.Contains(text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// ended is text with its last line ended, and an empty line behind it where there is any text.
func ended(text []byte, newline string) []byte {
	text = bytes.Clone(text)
	if len(text) == 0 {
		return text
	}
	if text[len(text)-1] != '\n' {
		text = append(text, newline...)
	}
	return append(text, newline...)
}
