package skill

import (
	"regexp"
	"strings"
)

// nameForm is what the name of a skill looks like: the rule of Agent Skills, so that the folder's name, the front
// matter's and the manifest's are one.
var nameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

const maxName = 64

// CheckName returns an *InvalidError unless name may be the name of a skill: a-z, 0-9 and single hyphens between
// them, at most 64 characters.
func CheckName(name string) error { return checkName("name", name) }

func checkName(place, name string) error {
	if len(name) > maxName || !nameForm.MatchString(name) {
		return invalid(place, "%q is not a name that a skill can have", name).
			hint("a-z, 0-9 and single hyphens inside, at most %d characters; perhaps %q", maxName, nameFrom(name))
	}
	return nil
}

// nameFrom makes the nearest allowed name of any text, such as a file's name; "skill" where nothing is left.
func nameFrom(text string) string {
	parts := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	name := strings.Join(parts, "-")
	name = strings.TrimRight(name[:min(len(name), maxName)], "-")
	if name == "" {
		return "skill"
	}
	return name
}
