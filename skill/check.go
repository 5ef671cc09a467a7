package skill

import "fmt"

// checkBinary reads the code's outline and compares it with what the manifest calls it.
func (p *Package) checkBinary() (err error) {
	if p.binary, err = ReadBinary(p.Manifest.Wasm, p.Wasm); err != nil {
		return err
	}
	kind := kindOf(p.binary)
	if kind == "" {
		return invalid(p.Manifest.Wasm, "it exports no _start, so nothing can call it").
			hint("build it as a program, not as a library")
	}
	if kind != p.Manifest.Kind {
		return invalid(ManifestFile+"#/kind", "it says %s and the code is a %s", p.Manifest.Kind, kind)
	}
	if kind != Command {
		return fmt.Errorf("skill %q is a %s: %w", p.Manifest.Name, kind, ErrUnsupported)
	}
	return nil
}
