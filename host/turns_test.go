package host

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/skill"
)

// TestNoClientHasAllPlacesOfASkill has one client begin as much as it can, all of which waits for a person.
func TestNoClientHasAllPlacesOfASkill(t *testing.T) {
	for _, c := range []struct {
		name         string
		places       uint64
		greedy, rest int // how many places the greedy client gets, and how many others do then
	}{
		{"eight, which is usual", 0, 6, 2},
		{"two", 2, 1, 1},
		{"one, which nobody can share", 1, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var all turns
				pkg := &skill.Package{Digest: "sha256:aa", Manifest: skill.Manifest{Limits: skill.Limits{Concurrency: c.places}}}
				take := func(client string) (leave func(), took time.Duration) {
					began := time.Now()
					leave, err := all.take(context.Background(), pkg, client)
					var e *Error
					if err != nil && (!errors.As(err, &e) || e.Code != "too_many_requests") {
						t.Errorf("refused with %v", err)
					}
					return leave, time.Since(began)
				}
				var given []func()
				for _, wants := range []struct {
					client string
					gets   int
				}{{"greedy", c.greedy}, {"modest", c.rest}} {
					for range wants.gets {
						leave, took := take(wants.client)
						if leave == nil || took > 0 {
							t.Fatalf("%s did not get its place at once, of %d", wants.client, wants.gets)
						}
						given = append(given, leave)
					}
					if leave, took := take(wants.client); leave != nil || took != turnPatience {
						t.Errorf("%s got more than %d, or waited %v", wants.client, wants.gets, took)
					}
				}
				for _, leave := range given {
					leave()
				}
				if len(all.all) != 0 {
					t.Errorf("something is left of %d skills", len(all.all))
				}
			})
		})
	}
}
