package skill_test

import (
	"errors"
	"testing"

	"gatehouse/skill"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(goodManifest))
	f.Add([]byte(`{"manifestVersion": 2}`))
	f.Add([]byte(`{"name": "a", "name": "b"}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := skill.Parse(data)
		if err != nil {
			var invalid *skill.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("Parse() = %T %v; want an *InvalidError", err, err)
			}
			return
		}
		again, err := skill.Parse(encode(t, m))
		if err != nil {
			t.Fatalf("what Parse read cannot be read again: %v", err)
		}
		if again.CapabilitiesHash() != m.CapabilitiesHash() {
			t.Fatal("writing and reading changed the hash of the capabilities")
		}
	})
}

func FuzzReadBinary(f *testing.F) {
	f.Add(command())
	f.Add([]byte("\x00asm\x0d\x00\x01\x00\x00\x02\x01a"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x02\x05\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := skill.ReadBinary("a.wasm", data)
		if err == nil && len(b.Imports)+len(b.Exports) > len(data) {
			t.Fatalf("%d bytes hold %d imports and %d exports", len(data), len(b.Imports), len(b.Exports))
		}
	})
}

func FuzzParseText(f *testing.F) {
	f.Add([]byte(goodText))
	f.Add([]byte("---\nname: &a [*a, *a]\n---\n"))
	f.Add([]byte("---\ndescription: >-\n  two\n  lines\n---"))
	f.Add([]byte("---\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, text, err := skill.ParseText(data); err == nil && len(text) > len(data) {
			t.Fatalf("%d bytes hold %d bytes of text", len(data), len(text))
		}
	})
}

func FuzzCheckOutput(f *testing.F) {
	extract := func(schema string) skill.Tool { return skill.Tool{Name: "t", OutputSchema: []byte(schema)} }
	f.Add(`{"type": "object", "required": ["text"]}`, []byte(`{"text": "a"}`))
	f.Add(`{"$ref": "#"}`, []byte(`1`))
	f.Add(`{"allOf": [{"additionalProperties": {"$ref": "#"}}]}`, []byte(`{"a": {"a": 1e400}}`))
	f.Fuzz(func(t *testing.T, schema string, output []byte) {
		err := extract(schema).CheckOutput(output)
		var invalid *skill.InvalidError
		if err != nil && !errors.As(err, &invalid) {
			t.Fatalf("CheckOutput() = %T %v; want an *InvalidError", err, err)
		}
	})
}
