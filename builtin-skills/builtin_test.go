package builtinskills_test

import (
	"errors"
	"slices"
	"testing"

	builtinskills "gatehouse/builtin-skills"
	"gatehouse/skill"
)

// Before make skills this package is empty and says what to do; after it, it holds the skills whole.
func TestTheBuiltInSkills(t *testing.T) {
	names := builtinskills.List()
	if len(names) == 0 {
		if _, err := builtinskills.Package("files"); !errors.Is(err, builtinskills.ErrNotBuilt) {
			t.Errorf("Package(files) without skills = %v; want ErrNotBuilt", err)
		}
		return
	}
	if !slices.Contains(names, "files") {
		t.Errorf("List() = %v; want files among them", names)
	}
	for _, name := range names {
		p, err := builtinskills.Package(name)
		if err != nil {
			t.Errorf("Package(%s): %v", name, err)
			continue
		}
		if p.Development || p.Origin != builtinskills.Origin || p.Digest != p.Manifest.Digest {
			t.Errorf("%s: development %v, origin %q, digest %s; want a packed built-in skill", name, p.Development, p.Origin, p.Digest)
		}
	}
	for _, name := range []string{"none", "", ".", "..", "files/skill.json", "../dist/files"} {
		if _, err := builtinskills.Package(name); !errors.Is(err, skill.ErrNotFound) {
			t.Errorf("Package(%q) = %v; want ErrNotFound", name, err)
		}
	}
}
