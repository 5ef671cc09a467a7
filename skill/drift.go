package skill

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// DriftError says that what is there is not what was approved. It holds every difference that was found.
type DriftError struct {
	Skill       string
	Differences []Difference
}

// Difference is one thing that drifted. Want is what was approved, Got what is there; either is empty where there is
// nothing. Both are hostile.
type Difference struct {
	// Place is as in InvalidError.
	Place     string
	Want, Got string
}

// Error names the first difference and how many there are.
func (e *DriftError) Error() string {
	if len(e.Differences) == 0 {
		return fmt.Sprintf("skill %q has changed", e.Skill)
	}
	more := ""
	if n := len(e.Differences) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("skill %q is not what was approved: %s%s", e.Skill, e.Differences[0], more)
}

// String says the difference in a line.
func (d Difference) String() string {
	switch {
	case d.Want == "":
		return fmt.Sprintf("%s: there is %s, and nobody approved it", d.Place, shortened(d.Got))
	case d.Got == "":
		return fmt.Sprintf("%s: %s is gone", d.Place, shortened(d.Want))
	}
	return fmt.Sprintf("%s: want %s, got %s", d.Place, shortened(d.Want), shortened(d.Got))
}

// Drift compares p with the manifest that was approved when it was installed. It returns nil or a *DriftError.
func (p *Package) Drift(installed Manifest) error {
	was, err := plain(installed)
	if err != nil {
		return err
	}
	is, err := plain(p.Manifest)
	if err != nil {
		return err
	}
	differences := compare(nil, ManifestFile+"#", was, is)
	if p.Digest != installed.Digest {
		differences = append(differences, Difference{p.Manifest.Wasm, string(installed.Digest), string(p.Digest)})
	}
	return p.drifted(differences)
}

// checkDrift finds what can be seen without knowing what was installed: code that is not the packed one, and imports
// that nobody provides.
func (p *Package) checkDrift() error {
	var differences []Difference
	if p.Manifest.Digest != "" && p.Manifest.Digest != p.Digest {
		differences = append(differences, Difference{p.Manifest.Wasm, string(p.Manifest.Digest), string(p.Digest)})
	}
	for _, i := range unknownImports(p.binary) {
		differences = append(differences, Difference{p.Manifest.Wasm + " imports", "", i.Module + "." + i.Name})
	}
	return p.drifted(differences)
}

func (p *Package) drifted(differences []Difference) error {
	if len(differences) == 0 {
		return nil
	}
	return &DriftError{p.Manifest.Name, differences}
}

// plain turns m into the values of encoding/json.
func plain(m Manifest) (any, error) {
	canonical, err := Canonical(m)
	if err != nil {
		return nil, err
	}
	var value any
	err = json.Unmarshal(canonical, &value)
	return value, err
}

// compare appends every place where got is not want.
func compare(found []Difference, place string, want, got any) []Difference {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			keys := maps.Clone(want)
			maps.Copy(keys, got)
			for _, key := range slices.Sorted(maps.Keys(keys)) {
				found = compare(found, place+"/"+pointerToken(key), want[key], got[key])
			}
			return found
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			for i := range want {
				found = compare(found, pointerIndex(place, i), want[i], got[i])
			}
			return found
		}
	}
	if reflect.DeepEqual(want, got) {
		return found
	}
	return append(found, Difference{place, written(want), written(got)})
}

// written is the text of one value; nothing for a value that is not there.
func written(value any) string {
	if value == nil {
		return ""
	}
	if text, ok := value.(string); ok {
		return text
	}
	canonical, err := Canonical(value)
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(canonical))
}
