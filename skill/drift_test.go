package skill_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/skill"
)

func packed(t *testing.T) *skill.Package {
	t.Helper()
	p, err := skill.Pack(folder(t, goodManifest, goodText, command()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNothingDriftedFromItself(t *testing.T) {
	p := packed(t)
	if err := p.Drift(p.Manifest); err != nil {
		t.Errorf("Drift() = %v; want nil", err)
	}
	var kept skill.Manifest
	if err := json.Unmarshal(encode(t, p.Manifest), &kept); err != nil {
		t.Fatal(err)
	}
	if err := p.Drift(kept); err != nil {
		t.Errorf("Drift() from a manifest that was stored = %v; want nil", err)
	}
}

func TestOtherCodeIsDrift(t *testing.T) {
	p := packed(t)
	other := module([]string{"wasi_snapshot_preview1.fd_read"}, "_start")
	if err := os.WriteFile(filepath.Join(p.Dir, "skill.wasm"), other, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := skill.Load(p.Dir)
	var drift *skill.DriftError
	if !errors.As(err, &drift) || len(drift.Differences) != 1 {
		t.Fatalf("Load() = %v; want a *DriftError with one difference", err)
	}
	if d := drift.Differences[0]; d.Want != string(p.Digest) || d.Got != string(skill.DigestOf(other)) {
		t.Errorf("difference = %+v", d)
	}
	again, err := skill.Pack(p.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Drift(p.Manifest); !errors.As(err, &drift) {
		t.Errorf("Drift() of code that was packed anew = %v; want a *DriftError", err)
	}
}

func TestAnImportThatNobodyProvidesIsDrift(t *testing.T) {
	for _, i := range []string{"env.system", "wasi_snapshot_preview1.proc_exec", "wasi_unstable.fd_write"} {
		_, err := skill.Load(folder(t, goodManifest, goodText, module([]string{i}, "_start")))
		var drift *skill.DriftError
		if !errors.As(err, &drift) || !strings.Contains(err.Error(), i) {
			t.Errorf("Load() of code that imports %s = %v; want a *DriftError that names it", i, err)
		}
	}
}

// capabilityFields are the fields whose change asks a person again; the others change what people see and what is
// compared at load.
var capabilityFields = []string{"#/tools", "#/requires", "#/optional", "#/limits"}

func TestEveryChangedFieldIsDrift(t *testing.T) {
	p := packed(t)
	var whole map[string]any
	if err := json.Unmarshal(encode(t, p.Manifest), &whole); err != nil {
		t.Fatal(err)
	}
	changed := 0
	mutate(whole, "#", func(place string) {
		var m skill.Manifest
		if err := json.Unmarshal(encode(t, whole), &m); err != nil {
			return // No such manifest can be approved.
		}
		changed++
		var drift *skill.DriftError
		if err := p.Drift(m); !errors.As(err, &drift) {
			t.Errorf("Drift() with another %s = %v; want a *DriftError", place, err)
		} else if !strings.Contains(drift.Error(), place) && place != "#/digest" {
			t.Errorf("Drift() with another %s says %v", place, err)
		}
		asksAgain := m.CapabilitiesHash() != p.Manifest.CapabilitiesHash()
		want := false
		for _, field := range capabilityFields {
			want = want || strings.HasPrefix(place, field)
		}
		if asksAgain != want {
			t.Errorf("another %s changes the hash of the capabilities: %v; want %v", place, asksAgain, want)
		}
	})
	if changed < 30 {
		t.Errorf("%d fields were changed; want all of them", changed)
	}
}

// mutate calls changed once for every single value in value, changed.
func mutate(value any, place string, changed func(place string)) {
	set := func(place string, old any, put func(any)) {
		switch old := old.(type) {
		case string:
			put(strings.Replace(old+"x", "workspace}/**x", "workspace}/*", 1))
			if strings.HasPrefix(old, "net:") {
				put(old + "x/y")
			} else if strings.HasSuffix(old, "iB") || strings.HasSuffix(old, "0s") {
				put("7" + old)
			}
		case float64:
			put(old + 1)
		case bool:
			put(!old)
		default:
			mutate(old, place, changed)
			return
		}
		changed(place)
		put(old)
	}
	switch value := value.(type) {
	case map[string]any:
		for key, old := range value {
			set(place+"/"+key, old, func(v any) { value[key] = v })
		}
	case []any:
		for i, old := range value {
			set(place+"/"+string(rune('0'+i)), old, func(v any) { value[i] = v })
		}
	}
}

func TestTheHashOfTheCapabilitiesIsOfTheirMeaning(t *testing.T) {
	want := parseGood(t).CapabilitiesHash()
	value := document(t)
	limits := value["limits"].(map[string]any)
	delete(limits, "cpu") // 100 is the default.
	limits["stack"] = "1024KiB"
	value["version"] = "9.0.0"
	m, err := skill.Parse(encode(t, value))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.CapabilitiesHash(); got != want {
		t.Errorf("the same capabilities in other words have another hash")
	}
}
