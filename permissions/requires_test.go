package permissions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
)

func TestCheckRequires(t *testing.T) {
	const api = "net:GET:https://api.example.com:443/**"
	for _, c := range []struct {
		name   string
		grants []string
		line   int
		reason string // empty where the lines may be required
	}{
		{"nothing", nil, 0, ""},
		{"listing and reading in the workspace", []string{"fs:list:${workspace}/**", "fs:read:${workspace}/docs/*.md"}, 0, ""},
		{"the workspace itself", []string{"fs:list:${workspace}"}, 0, ""},
		{"the language with files", []string{"env:LANG", "env:TZ", "fs:read:${workspace}/**"}, 0, ""},
		{"three hosts", []string{api, "net:*:https://a.example:443/**", "net:GET:https://b.example:443/x"}, 0, ""},
		{"one host on several lines", []string{api, "net:POST:https://api.example.com:443/a", "net:GET:https://api.example.com:8443/b", "net:PUT:https://api.example.com:443/c"}, 0, ""},
		{"four hosts", []string{api, "net:GET:https://a.example:443/**", "net:GET:https://b.example:443/**", "net:GET:https://c.example:443/**"}, 3, "at most 3 hosts"},
		{"files before the network", []string{"fs:list:${workspace}/**", api}, 1, "never required together"},
		{"files after the network", []string{api, "fs:list:${workspace}/**"}, 0, "never required together"},
		{"writing", []string{"fs:write:${workspace}/out/**"}, 0, "only fs:read and fs:list"},
		{"files elsewhere", []string{"fs:read:/usr/share/dict/**"}, 0, "below ${workspace}"},
		{"a picked file", []string{"fs:pick:read"}, 0, "only fs:read and fs:list"},
		{"a private variable", []string{"env:HOME"}, 0, "nothing private"},
		{"a wildcard host", []string{"net:GET:https://*.example.com:443/**"}, 0, "literal hosts of"},
		{"any host", []string{"net:any:GET"}, 0, "literal hosts of"},
		{"this computer", []string{"net:GET:http://127.0.0.1:8000/**"}, 0, "of the internet"},
		{"the person's network", []string{"net:GET:http://192.168.1.1:80/**"}, 0, "of the internet"},
		{"an own account", []string{api + "#own-credentials"}, 0, "literal hosts of"},
		{"a secret", []string{"secret:k@GET:https://a.example:443/**#header:X"}, 0, "never required"},
		{"a call", []string{"call:pdf-tools/extract"}, 0, "never required"},
		{"values", []string{"values"}, 0, "never required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := permissions.CheckRequires(lines(t, c.grants...))
			var bad *permissions.LineError
			switch {
			case c.reason == "" && err != nil:
				t.Errorf("CheckRequires() = %v, want nil", err)
			case c.reason != "" && !errors.As(err, &bad):
				t.Errorf("CheckRequires() = %v, want a LineError", err)
			case c.reason != "" && (bad.Line != c.line || !strings.Contains(bad.Reason, c.reason)):
				t.Errorf("CheckRequires() = line %d, %q; want line %d and %q", bad.Line, bad.Reason, c.line, c.reason)
			}
		})
	}
	t.Run("the zero grant", func(t *testing.T) {
		if permissions.CheckRequires([]permissions.Line{{}}) == nil {
			t.Error("was accepted")
		}
	})
}

func TestEveryPublicVariable(t *testing.T) {
	all := strings.Fields(`LANG LANGUAGE LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_MONETARY LC_NUMERIC LC_TIME TZ
		TERM COLORTERM NO_COLOR COLUMNS LINES`)
	if got := dataLines(t, "data/public-variables.txt"); !slices.Equal(got, all) {
		t.Errorf("the public variables are %q, want %q", got, all)
	}
	for _, name := range all {
		if err := permissions.CheckRequires(lines(t, "env:"+name)); err != nil {
			t.Error(err)
		}
	}
}

func lines(t testing.TB, grants ...string) []permissions.Line {
	t.Helper()
	var list []permissions.Line
	for _, g := range grants {
		list = append(list, permissions.Line{Grant: parse(t, g), Why: "because"})
	}
	return list
}
