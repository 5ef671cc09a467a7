package meter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gatehouse/sandbox/meter"
)

// The WebAssembly specification's own tests come with the runtime's module. Each of their modules is run twice, as it
// is and with a meter, and must do the same.
func TestMeteredCodeDoesWhatTheSpecificationSays(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(specification(t), "v2", "testdata", "*.json"))
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files of the specification's tests were found: %v", len(files), err)
	}
	var asserted, refused int
	for _, file := range files {
		a, r := specFile(t, file)
		asserted, refused = asserted+a, refused+r
	}
	if asserted < 30_000 || refused < 1000 {
		t.Errorf("%d assertions and %d refusals were compared; want many more", asserted, refused)
	}
	t.Logf("%d assertions and %d refusals compared", asserted, refused)
}

func specification(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatalf("finding the runtime's module: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
}

type command struct {
	Type, Name, As, Filename string
	Line                     int
	ModuleType               string `json:"module_type"`
	Action                   struct {
		Type, Module, Field string
		Args                []struct {
			Type     string
			LaneType string `json:"lane_type"`
			Value    json.RawMessage
		}
	}
}

// side is one of the two runtimes with the modules that live in it.
type side struct {
	ctx     context.Context
	runtime wazero.Runtime
	rewrite func([]byte) ([]byte, error)
	modules map[string]api.Module
	last    api.Module
	fresh   func()
}

func newSide(t *testing.T, rewrite func([]byte) ([]byte, error)) *side {
	ctx := t.Context()
	s := &side{ctx: ctx, runtime: wazero.NewRuntime(ctx), rewrite: rewrite, modules: map[string]api.Module{}}
	t.Cleanup(func() { s.runtime.Close(context.Background()) })
	s.fresh = provide(t, s.runtime, 1<<20)
	code, err := os.ReadFile(filepath.Join(specification(t), "testdata", "spectest.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.runtime.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig().WithName("spectest")); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *side) module(code []byte, name, as string) (err error) {
	if code, err = s.rewrite(code); err != nil {
		return err
	}
	m, err := s.runtime.InstantiateWithConfig(s.ctx, code, wazero.NewModuleConfig().WithName(as))
	if err == nil {
		s.last = m
		s.modules[name] = m
	}
	return err
}

// do returns what an action gives as text, or "trap".
func (s *side) do(c command) string {
	m := s.last
	if c.Action.Module != "" {
		m = s.modules[c.Action.Module]
	}
	if m == nil {
		return "no module"
	}
	if c.Action.Type == "get" {
		return fmt.Sprint(m.ExportedGlobal(c.Action.Field).Get())
	}
	var args []uint64
	for _, a := range c.Action.Args {
		args = append(args, values(a.Type, a.LaneType, a.Value)...)
	}
	s.fresh()
	results, err := m.ExportedFunction(c.Action.Field).Call(s.ctx, args...)
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		if strings.Contains(line, errStack.Error()) {
			line = "stack overflow"
		}
		return "trap: " + line
	}
	return fmt.Sprint(mask(m.ExportedFunction(c.Action.Field).Definition().ResultTypes(), results))
}

// mask makes references look alike: they are addresses.
func mask(types []api.ValueType, results []uint64) []uint64 {
	if slices.Contains(types, 0x7b) { // a vector takes two places, and is compared whole
		return results
	}
	for i, t := range types {
		if t != api.ValueTypeI32 && t != api.ValueTypeI64 && t != api.ValueTypeF32 && t != api.ValueTypeF64 && results[i] != 0 {
			results[i] = 1
		}
	}
	return results
}

func values(kind, lane string, value json.RawMessage) []uint64 {
	if kind != "v128" {
		var text string
		json.Unmarshal(value, &text)
		if text == "null" {
			return []uint64{0}
		}
		n, _ := strconv.ParseUint(text, 10, 64)
		return []uint64{n}
	}
	var lanes []string
	json.Unmarshal(value, &lanes)
	width := 128 / len(lanes)
	var out [2]uint64
	for i, text := range lanes {
		n, _ := strconv.ParseUint(text, 10, 64)
		out[i*width/64] |= n << (i * width % 64)
	}
	return out[:]
}

// hollow compiles the outline of a module.
func hollow(s *side, code []byte) error {
	code, err := s.rewrite(code)
	if err != nil {
		return err
	}
	if code, err = meter.Outline(code); err != nil {
		return err
	}
	m, err := s.runtime.CompileModule(s.ctx, code)
	if err != nil {
		return err
	}
	return m.Close(s.ctx)
}

func specFile(t *testing.T, file string) (asserted, refused int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var suite struct{ Commands []command }
	if err := json.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	plain := newSide(t, func(code []byte) ([]byte, error) { return code, nil })
	metered := newSide(t, meter.Rewrite)
	read := func(c command) []byte {
		code, err := os.ReadFile(filepath.Join(filepath.Dir(file), c.Filename))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	where := func(c command) string { return fmt.Sprintf("%s:%d", filepath.Base(file), c.Line) }
	for i, c := range suite.Commands {
		switch {
		case c.Type == "module":
			as := ""
			if i+1 < len(suite.Commands) && suite.Commands[i+1].Type == "register" {
				as = suite.Commands[i+1].As
			}
			code := read(c)
			one, two := plain.module(code, c.Name, as), metered.module(code, c.Name, as)
			if (one == nil) != (two == nil) {
				t.Errorf("%s: a module that was loaded with %v is loaded with a meter with %v", where(c), one, two)
			}
			if err := hollow(metered, code); two == nil && err != nil {
				t.Errorf("%s: the outline of a module that was loaded is not valid: %v", where(c), err)
			}
		case strings.HasSuffix(c.Filename, ".wasm") && c.ModuleType == "binary":
			code := read(c)
			one, two := plain.module(code, "", ""), metered.module(code, "", "")
			if one != nil && two == nil {
				t.Errorf("%s: a module that was refused with %v is taken with a meter", where(c), one)
			}
			refused++
		case c.Action.Type != "":
			one, two := plain.do(c), metered.do(c)
			if one != two {
				t.Errorf("%s: %s(%s) = %s; with a meter %s", where(c), c.Action.Field, c.Action.Args, one, two)
			}
			asserted++
		}
	}
	return asserted, refused
}
