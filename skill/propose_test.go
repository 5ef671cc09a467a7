package skill_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"gatehouse/permissions"
	"gatehouse/skill"
)

const proposable = `{
  "manifestVersion": 1, "name": "notes", "version": "1.0.0", "description": "Keeps notes.", "kind": "command", "wasm": "skill.wasm",
  "tools": [{"name": "run", "description": "Runs.", "inputSchema": {"type": "object"}}],
  "requires": [{"grant": "fs:list:${workspace}/**", "why": "finds notes"}, {"grant": "env:LANG", "why": "speaks your language"}],
  "optional": [{"grant": "fs:read:${workspace}/**", "why": "reads notes"}, {"grant": "fs:write:${workspace}/out/**", "why": "writes pages"}]
}`

func TestPropose(t *testing.T) {
	m, err := skill.Parse([]byte(proposable))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name                              string
		wanted                            []string
		required, optional, missing, rest []string
	}{
		{"nothing", nil, []string{"env:LANG"}, nil, nil,
			[]string{"fs:list:${workspace}/**", "fs:read:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"a file", []string{"fs:read:${workspace}/notes/a.txt"}, []string{"env:LANG"}, []string{"fs:read:${workspace}/notes/*.txt"}, nil,
			[]string{"fs:list:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"two of a kind", []string{"fs:read:${workspace}/a.txt", "fs:read:${workspace}/b.txt"}, []string{"env:LANG"},
			[]string{"fs:read:${workspace}/*.txt"}, nil, []string{"fs:list:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"files without an extension and hidden ones", []string{"fs:read:${workspace}/Makefile", "fs:read:${workspace}/.env", "fs:read:${workspace}/.a/b.c"},
			[]string{"env:LANG"}, []string{"fs:read:${workspace}/Makefile", "fs:read:${workspace}/.env", "fs:read:${workspace}/.a/*.c"},
			[]string{"fs:read:${workspace}/.env", "fs:read:${workspace}/.a/b.c"}, []string{"fs:list:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"one extension in many folders", []string{"fs:read:${workspace}/a/1.md", "fs:read:${workspace}/b/2.md", "fs:read:${workspace}/b/c/3.md", "fs:read:${workspace}/d/4.md"},
			[]string{"env:LANG"}, []string{"fs:read:${workspace}/**/*.md"}, nil, []string{"fs:list:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"many kinds below one folder", []string{"fs:read:${workspace}/a/1.md", "fs:read:${workspace}/a/2.go", "fs:read:${workspace}/a/b/3.c", "fs:read:${workspace}/a/Makefile"},
			[]string{"env:LANG"}, []string{"fs:read:${workspace}/a/**"}, nil, []string{"fs:list:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"folders", []string{"fs:list:${workspace}", "fs:list:${workspace}/a", "fs:list:${workspace}/a/b", "fs:list:${workspace}/c"},
			[]string{"env:LANG", "fs:list:${workspace}/**"}, nil, nil, []string{"fs:read:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"many files, and a hidden folder that no pattern of theirs covers", []string{"fs:list:${workspace}/a", "fs:list:${workspace}/a/b", "fs:list:${workspace}/.h", "fs:list:${workspace}/c"},
			[]string{"env:LANG", "fs:list:${workspace}/**"}, []string{"fs:list:${workspace}/.h"}, []string{"fs:list:${workspace}/.h"},
			[]string{"fs:read:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"what the manifest lacks", []string{"fs:write:${workspace}/a.txt", "fs:read:/etc/hosts", "env:TOKEN"}, []string{"env:LANG"},
			[]string{"fs:write:${workspace}/*.txt", "fs:read:/etc/hosts", "env:TOKEN"},
			[]string{"fs:write:${workspace}/a.txt", "fs:read:/etc/hosts", "env:TOKEN"},
			[]string{"fs:list:${workspace}/**", "fs:read:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"requests", []string{"net:GET:https://a.example:443/x/1", "net:GET:https://a.example:443/y", "net:POST:http://127.0.0.1:8000/#own-credentials"}, []string{"env:LANG"},
			[]string{"net:GET:https://a.example:443/**", "net:POST:http://127.0.0.1:8000/**#own-credentials"},
			[]string{"net:GET:https://a.example:443/x/1", "net:GET:https://a.example:443/y", "net:POST:http://127.0.0.1:8000/#own-credentials"},
			[]string{"fs:list:${workspace}/**", "fs:read:${workspace}/**", "fs:write:${workspace}/out/**"}},
		{"a name with signs of the grammar", []string{`fs:read:${workspace}/a\*/\[b\].t\$t`}, []string{"env:LANG"}, []string{`fs:read:${workspace}/a\*/*.t\$t`}, nil,
			[]string{"fs:list:${workspace}/**", "fs:write:${workspace}/out/**"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := m.Propose(grants(t, test.wanted))
			for _, list := range []struct {
				name      string
				got, want []string
			}{
				{"requires", spelled(p.Manifest.Requires), test.required}, {"optional", spelled(p.Manifest.Optional), test.optional},
				{"missing", texts(p.Missing), test.missing}, {"unused", texts(p.Unused), test.rest},
			} {
				if !slices.Equal(list.got, list.want) {
					t.Errorf("%s = %q; want %q", list.name, list.got, list.want)
				}
			}
			wantProposal(t, p, grants(t, test.wanted))
		})
	}
}

// FuzzPropose proposes for any names: the manifest can be read, and it covers what was wanted.
func FuzzPropose(f *testing.F) {
	f.Add("a/b.txt", "c", "d.e.f", "/etc/hosts", uint8(3))
	f.Add(".hidden/.x", "*?{}", "a/../b", "/x.y", uint8(200))
	f.Fuzz(func(t *testing.T, a, b, c, outside string, n uint8) {
		m, err := skill.Parse([]byte(proposable))
		if err != nil {
			t.Fatal(err)
		}
		var wanted []permissions.Grant
		for i := range n {
			for j, name := range []string{a, b, c, a + "/" + b, fmt.Sprint(c, i)} {
				right := []permissions.Right{permissions.Read, permissions.List, permissions.Write}[(int(i)+j)%3]
				for _, path := range []string{"${workspace}/" + name, outside} {
					if g := permissions.FileGrant(right, path); g != (permissions.Grant{}) {
						wanted = append(wanted, g)
					}
				}
			}
		}
		p := m.Propose(wanted)
		if len(p.Manifest.Requires) == 64 || len(p.Manifest.Optional) == 64 {
			wanted = nil // too many to name them all
		}
		wantProposal(t, p, wanted)
	})
}

// wantProposal checks that the proposed manifest can be read again and covers what was wanted.
func wantProposal(t *testing.T, p skill.Proposal, wanted []permissions.Grant) {
	t.Helper()
	text, err := json.Marshal(p.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := skill.Parse(text)
	if err != nil {
		t.Fatalf("the proposal cannot be read: %v\n%s", err, text)
	}
	for _, g := range wanted {
		if !slices.ContainsFunc(slices.Concat(m.Requires, m.Optional), func(w skill.Wish) bool { return w.Grant.Covers(g, "/workspace") }) {
			t.Errorf("nothing proposed covers %s: %s", g, text)
		}
	}
}

func grants(t *testing.T, list []string) []permissions.Grant {
	t.Helper()
	var grants []permissions.Grant
	for _, text := range list {
		g, err := permissions.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		grants = append(grants, g)
	}
	return grants
}

func spelled(wishes []skill.Wish) (list []string) {
	for _, w := range wishes {
		list = append(list, w.Grant.String())
	}
	return list
}

func texts(grants []permissions.Grant) (list []string) {
	for _, g := range grants {
		list = append(list, g.String())
	}
	return list
}
