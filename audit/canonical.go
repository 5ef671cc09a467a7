package audit

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// canonical returns r as canonical JSON (RFC 8785), as skill.Canonical does, in a tenth of the time: every check of a
// skill writes a line. It grows with Record by itself; a field of a kind that it does not know stops the program when it
// starts.
func (r Record) canonical() ([]byte, error) {
	for _, f := range []float64{r.RunningMs, r.WaitingMs, r.ThrottledMs} {
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, fmt.Errorf("%v is not a number of JSON", f)
		}
	}
	return recordForm.append(make([]byte, 0, 1024), reflect.ValueOf(r)), nil
}

var recordForm = formOf(reflect.TypeFor[Record]())

// form writes values of one type.
type form struct {
	typ    reflect.Type
	fields []field // of a struct, in the order of their names
	item   *form   // of a slice or pointer
}

// field is one member of an object. Its name has its quotes and colon.
type field struct {
	name  string
	index int
	// omitted says when the field is left out.
	omitted func(reflect.Value) bool
	form    *form
}

var timeType = reflect.TypeFor[time.Time]()

func formOf(t reflect.Type) *form {
	f := &form{typ: t}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
	case reflect.Slice, reflect.Pointer:
		f.item = formOf(t.Elem())
	case reflect.Struct:
		if t != timeType {
			f.fields = fieldsOf(t)
		}
	default:
		panic(fmt.Sprintf("a line of the record cannot hold a %v", t))
	}
	return f
}

func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		f := field{name: strconv.Quote(name) + ":", index: i, form: formOf(t.Field(i).Type)}
		switch options {
		case "":
			f.omitted = func(reflect.Value) bool { return false }
		case "omitempty":
			f.omitted = empty
		case "omitzero":
			f.omitted = reflect.Value.IsZero
		default:
			panic(fmt.Sprintf("a line of the record cannot hold a field with %q", options))
		}
		fields = append(fields, f)
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return fields
}

// empty is what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		return false
	case reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (f *form) append(b []byte, v reflect.Value) []byte {
	switch f.typ.Kind() {
	case reflect.String:
		return appendString(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int, reflect.Int64:
		return appendNumber(b, float64(v.Int()))
	case reflect.Uint64:
		return appendNumber(b, float64(v.Uint()))
	case reflect.Float64:
		return appendNumber(b, v.Float())
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...)
		}
		return f.item.append(b, v.Elem())
	case reflect.Slice:
		return f.appendList(b, v)
	}
	if f.typ == timeType {
		b = append(b, '"')
		b = v.Interface().(time.Time).AppendFormat(b, time.RFC3339Nano)
		return append(b, '"')
	}
	b = append(b, '{')
	for _, field := range f.fields {
		value := v.Field(field.index)
		if field.omitted(value) {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = field.form.append(append(b, field.name...), value)
	}
	return append(b, '}')
}

func (f *form) appendList(b []byte, v reflect.Value) []byte {
	if v.IsNil() {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = f.item.append(b, v.Index(i))
	}
	return append(b, ']')
}

// appendNumber writes a number as ECMAScript does: every number is a double, and large and small ones have an exponent.
func appendNumber(b []byte, n float64) []byte {
	if n == 0 {
		return append(b, '0')
	}
	size := math.Abs(n)
	if size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(b, n, 'f', -1, 64)
	}
	text := strconv.FormatFloat(n, 'e', -1, 64)
	// Go writes an exponent with at least two digits: e-07.
	if at := len(text) - 2; text[at] == '0' && strings.ContainsRune("+-", rune(text[at-1])) {
		text = text[:at] + text[at+1:]
	}
	return append(b, text...)
}

const hexDigits = "0123456789abcdef"

// appendString writes s in quotes and escapes nothing but what must be; what is not text becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
		switch {
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		case c >= ' ':
			b = append(b, c)
		case c == '\b':
			b = append(b, `\b`...)
		case c == '\f':
			b = append(b, `\f`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, `\u00`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, '"')
}
