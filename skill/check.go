package skill

import "fmt"

// checkBinary reads the code's outline and compares it with what the manifest calls it.
func (p *Package) checkBinary() (err error) {
	var kind Kind
	if p.binary, kind, err = outline(p.Manifest.Wasm, p.Wasm); err != nil {
		return err
	}
	if kind != p.Manifest.Kind {
		return invalid(ManifestFile+"#/kind", "it says %s and the code is of the kind %s", p.Manifest.Kind, kind)
	}
	return checkSupported(p.Manifest)
}

// outline reads a binary and tells its kind.
func outline(file string, wasm []byte) (Binary, Kind, error) {
	binary, err := ReadBinary(file, wasm)
	if err != nil {
		return Binary{}, "", err
	}
	kind := kindOf(binary)
	if kind == "" {
		return Binary{}, "", invalid(file, "it exports no _start, so nothing can call it").
			hint("build it as a program, not as a library")
	}
	return binary, kind, nil
}

func checkSupported(m Manifest) error {
	if m.Kind != Command {
		return fmt.Errorf("skill %q is of the kind %s: %w", m.Name, m.Kind, ErrUnsupported)
	}
	return nil
}
