package store_test

import (
	"path/filepath"
	"testing"

	"gatehouse/store"
)

func TestSettings(t *testing.T) {
	tests := []struct {
		name  string
		of    store.Setting
		value string
		fits  bool
	}{
		{"a wait", store.ApprovalWait, "20m", true},
		{"a wait too short to answer", store.ApprovalWait, "1s", false},
		{"a wait for ever", store.ApprovalWait, "1000h", false},
		{"a wait that is no time", store.ApprovalWait, "soon", false},
		{"a theme", store.Theme, "dark", true},
		{"a theme that there is not", store.Theme, "pink", false},
		{"a word", store.MarkWord, "heron", true},
		{"a word with markup", store.MarkWord, "<b>heron</b>", false},
		{"a colour", store.MarkColor, "oklch(68% .15 320)", true},
		{"a colour that is more", store.MarkColor, "red;background:url(x)", false},
		{"a size of the record", store.RecordSize, "512", true},
		{"a record too small for a day", store.RecordSize, "1", false},
		{"an age of the record", store.RecordDays, "90", true},
		{"an age before it was written", store.RecordDays, "-1", false},
		{"a setting that there is not", "telemetry", "on", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			settings := openNew(t).Settings()
			before, _ := settings.Get(test.of)
			err := settings.Set(test.of, test.value)
			after, _ := settings.Get(test.of)
			if !test.fits {
				wantRefusal(t, err, store.ErrSetting)
				if after != before {
					t.Errorf("it became %q", after)
				}
			} else if err != nil || after != test.value {
				t.Errorf("Set = %v, then Get = %q; want %q", err, after, test.value)
			}
		})
	}
}

func TestEverySettingHasAFittingValueFromTheStart(t *testing.T) {
	settings := openNew(t).Settings()
	if len(settings.Names()) != 10 {
		t.Errorf("Names = %q; want ten", settings.Names())
	}
	for _, name := range settings.Names() {
		value, err := settings.Get(name)
		if err != nil {
			t.Errorf("Get(%s): %v", name, err)
		}
		if err := settings.Set(name, value); err != nil {
			t.Errorf("%s is %q at first: %v", name, value, err)
		}
	}
	_, err := settings.Get("telemetry")
	wantRefusal(t, err, store.ErrSetting)
}

func TestTheMarkStaysAndDiffers(t *testing.T) {
	mark := func(path string) string {
		db := openAt(t, path)
		defer db.Close()
		color, _ := db.Settings().Get(store.MarkColor)
		word, _ := db.Settings().Get(store.MarkWord)
		return color + " " + word
	}
	marks := map[string]bool{}
	for range 8 {
		path := filepath.Join(t.TempDir(), "gatehouse.db")
		first := mark(path)
		if again := mark(path); again != first {
			t.Errorf("the mark is %q, then %q", first, again)
		}
		marks[first] = true
	}
	if len(marks) < 2 {
		t.Errorf("eight people have the mark %v", marks)
	}
}
