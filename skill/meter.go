package skill

import (
	"reflect"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// steps is how many times one check of size bytes may enter a schema; a step takes about a microsecond.
func steps(size int) int { return 100_000 + 8*size }

// tooMuch is what a meter panics with.
type tooMuch struct{}

// meter counts the steps of one check and stops it with a panic of tooMuch, since the library knows neither a
// context nor a budget. Its only hook that every schema passes before it goes deeper is the format.
type meter struct{ left int }

func (m *meter) step() {
	if m.left--; m.left < 0 {
		panic(tooMuch{})
	}
}

// attach puts m into s and every schema that s leads to. It returns false where a reference is resolved only during
// the check, and so could lead past m.
func (m *meter) attach(s *jsonschema.Schema) bool {
	seen := map[*jsonschema.Schema]bool{}
	m.walk(reflect.ValueOf(s), seen)
	for s := range seen {
		if s.DynamicRef != nil || s.RecursiveRef != nil {
			return false
		}
	}
	return true
}

func (m *meter) walk(v reflect.Value, seen map[*jsonschema.Schema]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if s, ok := v.Interface().(*jsonschema.Schema); ok {
			if seen[s] {
				return
			}
			seen[s] = true
			s.Format = m.format(s.Format)
		}
		m.walk(v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && leadsOn(field.Name) {
				m.walk(v.Field(i), seen)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			m.walk(v.Index(i), seen)
		}
	case reflect.Map:
		for iter := v.MapRange(); iter.Next(); {
			m.walk(iter.Value(), seen)
		}
	}
}

// leadsOn leaves out the fields that hold values instead of schemas.
func leadsOn(field string) bool {
	switch field {
	case "Format", "Const", "Enum", "Default", "Examples", "Extensions":
		return false
	}
	return true
}

func (m *meter) format(inner *jsonschema.Format) *jsonschema.Format {
	if inner == nil {
		return &jsonschema.Format{Validate: func(any) error { m.step(); return nil }}
	}
	return &jsonschema.Format{Name: inner.Name, Validate: func(v any) error { m.step(); return inner.Validate(v) }}
}
