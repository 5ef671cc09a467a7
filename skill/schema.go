package skill

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

const dialect = "https://json-schema.org/draft/2020-12/schema"

// schema is one compiled JSON Schema. Schema and value may both come from strangers, so checking is metered: a few
// lines of schema can otherwise take longer than anybody lives.
type schema struct {
	compiled *jsonschema.Schema
	mu       sync.Mutex
	meter    *meter
}

// noLoader refuses every reference that leads out of the schema: nothing is fetched or opened for a schema.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, errRemote }

var errRemote = errors.New("it refers to something outside itself")

// compileSchema compiles document, which readStrict returned. place is where it stands.
func compileSchema(place string, document any) (*schema, error) {
	if object, ok := document.(map[string]any); ok {
		if declared, ok := object["$schema"]; ok && declared != dialect && declared != dialect+"#" {
			return nil, invalid(place+"/$schema", "it is not JSON Schema 2020-12").hint("leave $schema out")
		}
	}
	const url = "schema:///"
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(url, document); err != nil {
		return nil, invalid(place, "it is not a JSON Schema: %v", err)
	}
	compiled, err := compiler.Compile(url)
	if err != nil {
		return nil, schemaError(place, err)
	}
	s := &schema{compiled: compiled, meter: &meter{}}
	if !s.meter.attach(compiled) {
		return nil, invalid(place, "it uses $dynamicRef").hint("use $ref")
	}
	return s, nil
}

func schemaError(place string, err error) error {
	if errors.Is(err, errRemote) {
		return invalid(place, "it refers to something outside itself").hint("put it under $defs; nothing is fetched")
	}
	var wrong *jsonschema.SchemaValidationError
	var validation *jsonschema.ValidationError
	if errors.As(err, &wrong) && errors.As(wrong.Err, &validation) {
		leaf := deepest(validation)
		return invalid(place+strings.TrimPrefix(pointer("", leaf.InstanceLocation), "#"),
			"it is not a JSON Schema: %s", explain(leaf))
	}
	return invalid(place, "it is not a JSON Schema: %v", err)
}

// check returns nil where value, which readStrict made from size bytes, satisfies s; file begins the place of an
// error.
func (s *schema) check(file string, value any, size int) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter.left = steps(size)
	defer func() {
		if r := recover(); r == (tooMuch{}) {
			err = invalid(file, "checking it takes too long")
		} else if r != nil {
			panic(r)
		}
	}()
	var validation *jsonschema.ValidationError
	if err := s.compiled.Validate(value); errors.As(err, &validation) {
		leaf := deepest(validation)
		return invalid(pointer(file, leaf.InstanceLocation), "%s", explain(leaf))
	} else if err != nil {
		return invalid(file, "%v", err)
	}
	return nil
}

// excludesObjects tells whether no object can satisfy s, as far as its outermost words say.
func (s *schema) excludesObjects() bool {
	if s.compiled.Bool != nil {
		return !*s.compiled.Bool
	}
	types := s.compiled.Types
	return types != nil && !types.IsEmpty() && !slices.Contains(types.ToStrings(), "object")
}

// deepest returns the cause that is furthest inside the value, among equals an unknown field before a missing one, for
// one misspelled field is both; people correct that one first.
func deepest(e *jsonschema.ValidationError) *jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return e
	}
	leaves := make([]*jsonschema.ValidationError, len(e.Causes))
	for i, cause := range e.Causes {
		leaves[i] = deepest(cause)
	}
	return slices.MaxFunc(leaves, func(a, b *jsonschema.ValidationError) int {
		if d := len(a.InstanceLocation) - len(b.InstanceLocation); d != 0 {
			return d
		}
		return cmp.Or(slices.Compare(b.InstanceLocation, a.InstanceLocation), unknownField(a)-unknownField(b))
	})
}

func unknownField(e *jsonschema.ValidationError) int {
	if _, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		return 1
	}
	return 0
}

// explain says in plain words what one failed keyword means.
func explain(e *jsonschema.ValidationError) string {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		return fmt.Sprintf("there is no field %s here", quoted(k.Properties))
	case *kind.FalseSchema:
		return "there is no such field here"
	case *kind.Required:
		return fmt.Sprintf("the field %s is missing", quoted(k.Missing))
	case *kind.Type:
		return fmt.Sprintf("it is %s; want %s", k.Got, strings.Join(k.Want, " or "))
	case *kind.Pattern:
		return fmt.Sprintf("%s does not look as it should: want %s", shortened(k.Got), k.Want)
	case *kind.MinLength:
		return fmt.Sprintf("it has %d characters; want at least %d", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("it has %d characters; want at most %d", k.Got, k.Want)
	case *kind.Enum, *kind.Const, *kind.Format:
		return shortened(e.BasicOutput().Error.String())
	}
	if unit := e.BasicOutput(); unit.Error != nil {
		return shortened(unit.Error.String())
	}
	return "it does not match"
}

func quoted(names []string) string {
	slices.Sort(names)
	shown := make([]string, 0, 4)
	for _, name := range names[:min(len(names), 3)] {
		shown = append(shown, shortened(name))
	}
	if len(names) > 3 {
		shown = append(shown, fmt.Sprintf("and %d more", len(names)-3))
	}
	return strings.Join(shown, ", ")
}

// shortened quotes at most 80 bytes of what a stranger wrote.
func shortened(text string) string {
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:80], "") + "..."
	}
	return fmt.Sprintf("%q", text)
}
