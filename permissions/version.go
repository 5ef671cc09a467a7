package permissions

import (
	"cmp"
	"strings"
)

// older says whether version is a lower one than other, as Semantic Versioning orders them. One that cannot be ordered
// counts as lower than every other.
func older(version, other string) bool {
	if version == other {
		return false
	}
	a, ok := orderOf(version)
	b, other_ := orderOf(other)
	if !ok || !other_ {
		return true
	}
	return a.compare(b) < 0
}

// order is a version as it is ordered: three numbers, and the parts of a pre-release.
type order struct {
	numbers [3]string
	before  []string
}

func orderOf(version string) (o order, ok bool) {
	version, _, _ = strings.Cut(version, "+")
	core, before, early := strings.Cut(version, "-")
	numbers := strings.Split(core, ".")
	if len(numbers) != len(o.numbers) {
		return o, false
	}
	for i, n := range numbers {
		if !number(n) {
			return o, false
		}
		o.numbers[i] = n
	}
	if early {
		o.before = strings.Split(before, ".")
	}
	return o, true
}

func (o order) compare(other order) int {
	for i := range o.numbers {
		if c := compareNumbers(o.numbers[i], other.numbers[i]); c != 0 {
			return c
		}
	}
	switch {
	case len(o.before) == 0 || len(other.before) == 0: // a pre-release comes before its release
		return cmp.Compare(min(1, len(other.before)), min(1, len(o.before)))
	}
	for i := range min(len(o.before), len(other.before)) {
		if c := compareParts(o.before[i], other.before[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(o.before), len(other.before))
}

// compareParts orders parts of pre-releases: numbers come first.
func compareParts(a, b string) int {
	switch {
	case number(a) && number(b):
		return compareNumbers(a, b)
	case number(a):
		return -1
	case number(b):
		return 1
	}
	return cmp.Compare(a, b)
}

// compareNumbers orders numbers of any length that have no leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func number(s string) bool {
	for i := range len(s) {
		if !digit(rune(s[i])) {
			return false
		}
	}
	return s != "" && (s == "0" || s[0] != '0')
}
