package main

import (
	"encoding/json"
	"testing"
	"unicode"
)

func TestHiddenCharactersAreShown(t *testing.T) {
	for text, want := range map[string]string{
		"plain.txt":                        "plain.txt",
		"naïve 文書 🙂":                       "naïve 文書 🙂",
		"a\u202Etxt":                       "a‹U+202E›txt",
		"zero\u200Bwidth":                  "zero‹U+200B›width",
		"\x1b[31mred":                      "‹U+001B›[31mred",
		"line\nbreak\r\t\x00":              "line‹U+000A›break‹U+000D›‹U+0009›‹U+0000›",
		"no\u00A0break":                    "no‹U+00A0›break",
		"filler\u3164":                     "filler‹U+3164›",
		"tag\U000E0041":                    "tag‹U+E0041›",
		"bad\xff":                          "bad‹U+FFFD›",
		"o\u0301\u0302\u0303\u0304\u0305p": "o\u0301\u0302\u0303‹U+0304›‹U+0305›p",
		"नि\u0902 ตี่":                     "नि\u0902 ตี่",
	} {
		if got := visible(text); got != want {
			t.Errorf("visible(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNoControlOrFormatCharacterIsPrinted(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && visible(string(r)) == string(r) {
			t.Errorf("U+%04X is printed as it is", r)
		}
	}
}

func TestVisibleJSONIsTheSameValue(t *testing.T) {
	for _, value := range []string{"a\u202Eb", "\u200B", "tag\U000E0041", "plain", "\u2028", "pile\u0301\u0302\u0303\u0304\u0305", "line\nline"} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal([]byte(visibleJSON(string(text))), &back); err != nil || back != value {
			t.Errorf("visibleJSON(%s) means %q, %v; want %q", text, back, err, value)
		}
	}
}
