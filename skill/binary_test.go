package skill_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/skill"
)

func TestReadBinaryReadsImportsAndExports(t *testing.T) {
	b, err := skill.ReadBinary("a.wasm", command())
	if err != nil {
		t.Fatal(err)
	}
	imports := []skill.Import{
		{"wasi_snapshot_preview1", "path_open", skill.Func}, {"wasi_snapshot_preview1", "fd_write", skill.Func},
	}
	if b.Component || !slices.Equal(b.Imports, imports) || !slices.Equal(b.Exports, []skill.Export{{"_start", skill.Func}}) {
		t.Errorf("ReadBinary() = %+v", b)
	}
}

func TestReadBinaryReadsEveryKindOfImport(t *testing.T) {
	content := slices.Concat([]byte{5},
		[]byte("\x01m\x01f\x00\x00"), []byte("\x01m\x01t\x01\x70\x01\x01\x02"), []byte("\x01m\x01y\x02\x00\x01"),
		[]byte("\x01m\x01g\x03\x63\x6f\x01"), []byte("\x01m\x01e\x04\x00\x00"))
	data := slices.Concat([]byte("\x00asm\x01\x00\x00\x00\x02"), []byte{byte(len(content))}, content)
	b, err := skill.ReadBinary("a.wasm", data)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []skill.Extern
	for _, i := range b.Imports {
		kinds = append(kinds, i.Kind)
	}
	if want := []skill.Extern{skill.Func, skill.Table, skill.Memory, skill.Global, skill.Tag}; !slices.Equal(kinds, want) {
		t.Errorf("kinds = %v; want %v", kinds, want)
	}
}

func TestACutOffBinaryIsSaidToBeCutOff(t *testing.T) {
	whole := command()
	// Where a section ends the rest is a smaller module, and whole.
	whole = append(whole, 0, 3, 1, 'n', 0)
	ends := 0
	for n := range len(whole) {
		_, err := skill.ReadBinary("a.wasm", whole[:n])
		if err == nil {
			ends++
			continue
		}
		var invalid *skill.InvalidError
		if !errors.As(err, &invalid) || !strings.HasPrefix(invalid.Place, "a.wasm at byte ") {
			t.Fatalf("ReadBinary() of %d bytes = %v; want an *InvalidError at a byte", n, err)
		}
	}
	if ends != 6 {
		t.Errorf("%d beginnings are whole modules; want 6: the header and five sections", ends)
	}
}

func TestWhatIsNoBinaryIsRefused(t *testing.T) {
	header := "\x00asm\x01\x00\x00\x00"
	for _, tt := range []struct{ name, data, want string }{
		{"nothing", "", "a.wasm at byte 0: it is empty"},
		{"a shell script", "#!/bin/sh\necho hello\n", "a.wasm at byte 0: it is not WebAssembly"},
		{"three bytes", "\x00as", "a.wasm at byte 0: it is not WebAssembly"},
		{"a later version", "\x00asm\x02\x00\x00\x00", "a.wasm at byte 4: it is WebAssembly of a version that is not known"},
		{"a section that is cut off", header + "\x01\x05\x00", "a.wasm at byte 10: section 1 is cut off: it says 5 bytes and has 1"},
		{"a section twice", header + "\x01\x01\x00\x01\x01\x00", "a.wasm at byte 11: section 1 is not known or stands here twice"},
		{"an unknown section", header + "\x20\x01\x00", "a.wasm at byte 8: section 32 is not known"},
		{"a length of six bytes", header + "\x01\xff\xff\xff\xff\xff\x01", "a number is longer than 32 bits"},
		{"a length beyond 32 bits", header + "\x01\xff\xff\xff\xff\x1f", "a number is longer than 32 bits"},
		{"four billion imports", header + "\x02\x05\xff\xff\xff\xff\x0f", "it is cut off"},
		{"bytes after the last import", header + "\x02\x02\x00\x00", "has 1 bytes too many"},
		{"a name that is not text", header + "\x07\x05\x01\x01\xff\x00\x00", "not UTF-8"},
		{"an export of kind nine", header + "\x07\x05\x01\x01a\x09\x00", "kind 9 is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := skill.ReadBinary("a.wasm", []byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ReadBinary() = %v; want ...%s...", err, tt.want)
			}
		})
	}
}

func TestAComponentIsToldFromAModule(t *testing.T) {
	b, err := skill.ReadBinary("a.wasm", []byte("\x00asm\x0d\x00\x01\x00\x00\x02\x01a"))
	if err != nil || !b.Component {
		t.Errorf("ReadBinary() = %+v, %v; want a component", b, err)
	}
	if _, err := skill.ReadBinary("a.wasm", bytes.Repeat([]byte("\x00asm\x0d\x00\x01\x00\x01"), 1)); err == nil {
		t.Error("a component that is cut off was read")
	}
}
