package skill

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written as a whole number and B, KiB, MiB or GiB. The zero Size is absent and has no
// text form that can be read back.
type Size uint64

// The units of a Size.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
)

// Time is a span of time, written as a whole number and ms, s, m or h. The zero Time is absent and has no text form
// that can be read back.
type Time time.Duration

// unit is one suffix and what it is worth; the tables begin with the largest.
type unit struct {
	suffix string
	worth  uint64
}

var sizeUnits = []unit{{"GiB", uint64(GiB)}, {"MiB", uint64(MiB)}, {"KiB", uint64(KiB)}, {"B", 1}}

var timeUnits = []unit{
	{"h", uint64(time.Hour)}, {"m", uint64(time.Minute)}, {"s", uint64(time.Second)}, {"ms", uint64(time.Millisecond)},
}

// ParseSize reads a Size; zero, signs, fractions and spaces are errors.
func ParseSize(s string) (Size, error) {
	n, err := parseQuantity(s, sizeUnits)
	if err != nil {
		return 0, fmt.Errorf(`%q is not a size: %w, such as "64MiB"`, s, err)
	}
	return Size(n), nil
}

// ParseTime reads a Time; zero, signs, fractions and spaces are errors.
func ParseTime(s string) (Time, error) {
	n, err := parseQuantity(s, timeUnits)
	if err != nil {
		return 0, fmt.Errorf(`%q is not a time: %w, such as "30s"`, s, err)
	}
	return Time(n), nil
}

func parseQuantity(s string, units []unit) (uint64, error) {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if strings.Trim(s[:digits], "0") == "" || s[0] == '0' {
		return 0, errors.New("want a number above zero and a unit")
	}
	for _, u := range units {
		if s[digits:] != u.suffix {
			continue
		}
		n, err := strconv.ParseUint(s[:digits], 10, 64)
		if err != nil || n > math.MaxInt64/u.worth {
			return 0, errors.New("it is too large; want less")
		}
		return n * u.worth, nil
	}
	return 0, errors.New("want a whole number and a unit")
}

// formatQuantity writes n in its largest whole unit; what is below the smallest unit is dropped.
func formatQuantity(n uint64, units []unit) string {
	for _, u := range units {
		if n >= u.worth && n%u.worth == 0 {
			return strconv.FormatUint(n/u.worth, 10) + u.suffix
		}
	}
	smallest := units[len(units)-1]
	return strconv.FormatUint(n/smallest.worth, 10) + smallest.suffix
}

// String writes s in its largest whole unit, so that ParseSize gives s back.
func (s Size) String() string { return formatQuantity(uint64(s), sizeUnits) }

// String writes t in its largest whole unit; what is below a millisecond is dropped.
func (t Time) String() string { return formatQuantity(uint64(t), timeUnits) }

// Duration returns t as the standard library's type.
func (t Time) Duration() time.Duration { return time.Duration(t) }

// MarshalText writes s as String does.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText writes t as String does.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads s as ParseSize does.
func (s *Size) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSize(string(text))
	return err
}

// UnmarshalText reads t as ParseTime does.
func (t *Time) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTime(string(text))
	return err
}
