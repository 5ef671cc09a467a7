package app_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/app"
)

func TestTheDialogOpensForThePageThatIsShown(t *testing.T) {
	folder := t.TempDir()
	type opened struct{ title, folder string }
	for _, c := range []struct {
		name, method, body string
		without            bool // the key
		fails              error
		status             int
		want               string // the folder
	}{
		{"at the folder that it names", "POST", `{"folder":"` + folder + `"}`, false, nil, 200, folder},
		{"anywhere, where that is none", "POST", `{"folder":"` + folder + `/none"}`, false, nil, 200, ""},
		{"not without the key", "POST", `{"folder":""}`, true, nil, 403, ""},
		{"not for a GET", "GET", "", false, nil, 404, ""},
		{"not for what names no folder", "POST", `x`, false, nil, 400, ""},
		{"not where the system has none", "POST", `{"folder":""}`, false, errors.New("no"), 500, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []opened
			door := app.NewDoor(app.Ask, pages, refuse{t})
			door.OnPick(func(title, folder string) (string, error) {
				got = append(got, opened{title, folder})
				return "/home/ada/a.txt", c.fails
			})
			r := httptest.NewRequest(c.method, "/dialog/file", strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			if k := key(t, door); !c.without {
				r.Header.Set(app.KeyHeader, k)
			}
			reply := do(door, r)
			if reply.StatusCode != c.status {
				t.Fatalf("status %d, want %d", reply.StatusCode, c.status)
			}
			if c.status != 200 {
				isProblem(t, reply, c.status)
				if c.fails == nil && len(got) > 0 {
					t.Errorf("a dialog was opened: %+v", got)
				}
				return
			}
			var answer struct{ Path string }
			if err := json.NewDecoder(reply.Body).Decode(&answer); err != nil || answer.Path != "/home/ada/a.txt" {
				t.Errorf("it answered %+v, %v", answer, err)
			}
			if len(got) != 1 || got[0].folder != c.want || !strings.HasPrefix(got[0].title, "Gatehouse: ") {
				t.Errorf("opened were %+v, want one at %q with our title", got, c.want)
			}
		})
	}
}

func TestADoorWithoutADialogOpensNone(t *testing.T) {
	door := app.NewDoor(app.Window, pages, refuse{t})
	r := httptest.NewRequest("POST", "/dialog/file", strings.NewReader(`{"folder":""}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(app.KeyHeader, key(t, door))
	isProblem(t, do(door, r), http.StatusNotFound)
}
