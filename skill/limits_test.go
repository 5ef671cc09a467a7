package skill_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"gatehouse/permissions"
	"gatehouse/skill"

	"pgregory.net/rapid"
)

func TestSizesAndTimesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := skill.Size(rapid.Uint64Range(1, 1<<62).Draw(t, "size"))
		if got, err := skill.ParseSize(size.String()); err != nil || got != size {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", size, got, err, size)
		}
		span := skill.Time(time.Duration(rapid.Int64Range(1, 1<<40).Draw(t, "ms")) * time.Millisecond)
		if got, err := skill.ParseTime(span.String()); err != nil || got != span {
			t.Errorf("ParseTime(%q) = %d, %v; want %d", span, got, err, span)
		}
	})
}

func TestSizesAreWrittenInTheLargestWholeUnit(t *testing.T) {
	for text, want := range map[string]string{
		"64MiB": "64MiB", "65536KiB": "64MiB", "1GiB": "1GiB", "1536MiB": "1536MiB", "7B": "7B",
	} {
		if got, err := skill.ParseSize(text); err != nil || got.String() != want {
			t.Errorf("ParseSize(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{"30s": "30s", "60s": "1m", "90s": "90s", "1h": "1h", "1500ms": "1500ms"} {
		if got, err := skill.ParseTime(text); err != nil || got.String() != want {
			t.Errorf("ParseTime(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestWhatIsNotAQuantityIsRefused(t *testing.T) {
	for _, text := range []string{"", "0", "0B", "64", "MiB", "-1MiB", "+1MiB", " 1MiB", "1 MiB", "1mib", "1MB", "01MiB", "1.5MiB",
		"9223372036854775808B", "18446744073709551616B"} {
		if got, err := skill.ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %v; want an error", text, got)
		}
	}
	for _, text := range []string{"", "0s", "30", "1h30m", "1.5s", "-1s", "1us", "1S", "9999999999999h"} {
		if got, err := skill.ParseTime(text); err == nil {
			t.Errorf("ParseTime(%q) = %v; want an error", text, got)
		}
	}
}

func TestAbsentLimitsMeanTheDefault(t *testing.T) {
	var l skill.Limits
	if got := l.Filled(); got != skill.Defaults() {
		t.Errorf("Filled() = %+v; want the defaults", got)
	}
	if text, err := json.Marshal(skill.Limits{}); err != nil || string(text) != "{}" {
		t.Errorf("an empty Limits is written %s, %v; want {}", text, err)
	}
	l.Memory = skill.GiB
	if got := l.Filled(); got.Memory != skill.GiB || got.Time != skill.Defaults().Time {
		t.Errorf("Filled() = %+v; want 1GiB and the defaults", got)
	}
}

func TestRaisedListsWhatIsAboveTheDefault(t *testing.T) {
	l := skill.Limits{Memory: skill.GiB, Files: 8, CPU: 400}
	want := []permissions.Limit{{Name: "memory", Value: "1GiB", Usual: "128MiB"}, {Name: "cpu", Value: "400", Usual: "100"}}
	if got := l.Raised(); !slices.Equal(got, want) {
		t.Errorf("Raised() = %v; want %v", got, want)
	}
}

func TestDigests(t *testing.T) {
	const abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := skill.DigestOf([]byte("abc")); got != abc {
		t.Errorf("DigestOf(abc) = %s", got)
	}
	if got, err := skill.ParseDigest(abc); err != nil || got != abc {
		t.Errorf("ParseDigest() = %s, %v", got, err)
	}
	for _, text := range []string{"", abc[7:], abc[:70], abc + "0", "sha512:" + abc[7:], "sha256:B" + abc[8:], "sha256:g" + abc[8:]} {
		if got, err := skill.ParseDigest(text); err == nil {
			t.Errorf("ParseDigest(%q) = %s; want an error", text, got)
		}
	}
}
