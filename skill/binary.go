package skill

import "fmt"

// Binary is what a wasm file says about itself before anybody compiles it.
type Binary struct {
	// Component tells a Component-Model binary from a core module. Imports and exports are read from core modules only.
	Component bool
	Imports   []Import
	Exports   []Export
}

// Extern is the kind of thing that is imported or exported.
type Extern string

// The kinds of Extern.
const (
	Func   Extern = "func"
	Table  Extern = "table"
	Memory Extern = "memory"
	Global Extern = "global"
	Tag    Extern = "tag"
)

var externs = [...]Extern{Func, Table, Memory, Global, Tag}

// Import is one thing that a core module wants from its host; its names are hostile.
type Import struct {
	Module, Name string
	Kind         Extern
}

// Export is one thing that a core module offers; its name is hostile.
type Export struct {
	Name string
	Kind Extern
}

// The sections of a core module that are read, and their number.
const (
	importSection = 2
	exportSection = 7
	lastSection   = 13
)

// ReadBinary reads the outline of a wasm file: header, sections, and a core module's imports and exports. It returns
// an *InvalidError whose place is the byte where the file stops making sense. It does not validate code.
func ReadBinary(file string, data []byte) (Binary, error) {
	r := binaryReader{data: data}
	b, err := r.binary()
	if err != nil {
		return Binary{}, invalid(fmt.Sprintf("%s at byte %d", file, r.at), "%v", err).
			hint("build it again, or fetch it again")
	}
	return b, nil
}

func (r *binaryReader) binary() (b Binary, err error) {
	header, err := r.take(8)
	switch {
	case len(r.data) == 0:
		return b, fmt.Errorf("it is empty")
	case len(r.data) >= 4 && string(r.data[:4]) != "\x00asm" || len(r.data) < 4:
		r.at = 0
		return b, fmt.Errorf("it is not WebAssembly")
	case err != nil:
		return b, err
	}
	switch version := string(header[4:]); version {
	case "\x01\x00\x00\x00":
	case "\x0d\x00\x01\x00":
		b.Component = true
	default:
		r.at = 4
		return b, fmt.Errorf("it is WebAssembly of a version that is not known: % x", version)
	}
	seen := map[byte]bool{}
	for r.at < len(r.data) {
		if err := r.section(&b, seen); err != nil {
			return b, err
		}
	}
	return b, nil
}

// section reads one section; seen holds the sections of a core module that may stand only once.
func (r *binaryReader) section(b *Binary, seen map[byte]bool) error {
	id, err := r.byte()
	if err != nil {
		return err
	}
	if !b.Component && id != 0 {
		if id > lastSection || seen[id] {
			r.at--
			return fmt.Errorf("section %d is not known or stands here twice", id)
		}
		seen[id] = true
	}
	size, err := r.number()
	if err != nil {
		return err
	}
	start := r.at
	if _, err := r.take(int(size)); err != nil {
		return fmt.Errorf("section %d is cut off: it says %d bytes and has %d", id, size, len(r.data)-start)
	}
	if b.Component || id != importSection && id != exportSection {
		return nil
	}
	content := binaryReader{data: r.data[:r.at], at: start}
	if err := content.entries(b, id); err != nil {
		r.at = content.at
		return err
	}
	return nil
}

// entries reads the whole of an import or export section.
func (r *binaryReader) entries(b *Binary, section byte) error {
	count, err := r.number()
	if err != nil {
		return err
	}
	for range count {
		if section == importSection {
			err = r.oneImport(b)
		} else {
			err = r.oneExport(b)
		}
		if err != nil {
			return err
		}
	}
	if r.at != len(r.data) {
		return fmt.Errorf("section %d has %d bytes too many", section, len(r.data)-r.at)
	}
	return nil
}

func (r *binaryReader) oneImport(b *Binary) (err error) {
	var i Import
	if i.Module, err = r.name(); err != nil {
		return err
	}
	if i.Name, err = r.name(); err != nil {
		return err
	}
	if i.Kind, err = r.extern(); err != nil {
		return err
	}
	b.Imports = append(b.Imports, i)
	return r.skipType(i.Kind)
}

func (r *binaryReader) oneExport(b *Binary) (err error) {
	var e Export
	if e.Name, err = r.name(); err != nil {
		return err
	}
	if e.Kind, err = r.extern(); err != nil {
		return err
	}
	b.Exports = append(b.Exports, e)
	_, err = r.number()
	return err
}

// skipType passes over what an import says about its type.
func (r *binaryReader) skipType(kind Extern) error {
	var err error
	switch kind {
	case Func:
		_, err = r.number()
	case Table:
		if err = r.skipValueType(); err == nil {
			err = r.skipLimits()
		}
	case Memory:
		err = r.skipLimits()
	case Global:
		if err = r.skipValueType(); err == nil {
			_, err = r.byte()
		}
	case Tag:
		if _, err = r.byte(); err == nil {
			_, err = r.number()
		}
	}
	return err
}

// skipValueType passes over one byte, or over a reference and the heap type it leads to.
func (r *binaryReader) skipValueType() error {
	first, err := r.byte()
	if err == nil && (first == 0x63 || first == 0x64) {
		_, err = r.number()
	}
	return err
}

func (r *binaryReader) skipLimits() error {
	flags, err := r.byte()
	if err != nil {
		return err
	}
	if flags > 7 {
		r.at--
		return fmt.Errorf("limits with flags %#x are not known", flags)
	}
	if _, err = r.number(); err == nil && flags&1 != 0 {
		_, err = r.number()
	}
	return err
}

func (r *binaryReader) extern() (Extern, error) {
	kind, err := r.byte()
	if err != nil {
		return "", err
	}
	if int(kind) >= len(externs) {
		r.at--
		return "", fmt.Errorf("an import or export of kind %d is not known", kind)
	}
	return externs[kind], nil
}
