package permissions_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/permissions"
)

// BenchmarkGrantedCheck is a check that a kept decision among others answers; its ninety-ninth percentile has to stay
// below 50 µs (permissions.md section 8).
func BenchmarkGrantedCheck(b *testing.B) { benchmarkCheck(b, furnish(b, unrecorded)) }

// BenchmarkGrantedCheckUnderALongPolicy is the same with a hundred denials of the kind that take longest to look at.
func BenchmarkGrantedCheckUnderALongPolicy(b *testing.B) {
	long := permissions.Policy{Layer: permissions.LayerWorkspace, Name: policyName}
	for i := range 100 {
		long.Deny = append(long.Deny, permissions.Rule{ID: fmt.Sprint(i), Grant: parse(b, fmt.Sprintf("fs:read:${workspace}/**/secret-%d/*.pem", i))})
	}
	benchmarkCheck(b, furnish(b, unrecorded, func(o *permissions.Options) {
		o.Policies = func(permissions.Subject) ([]permissions.Policy, error) { return []permissions.Policy{long}, nil }
	}))
}

func unrecorded(o *permissions.Options) { o.Recorder = nil }

func benchmarkCheck(b *testing.B, h *house) {
	for i := range 20 {
		h.keep(permissions.Decision{
			ID: fmt.Sprint(i), Key: subject().Key(), Verdict: permissions.Allow, Lifetime: permissions.Always,
			Grants: []permissions.Grant{parse(b, fmt.Sprintf("fs:read:${workspace}/folder-%d/**", i))},
		})
	}
	g := h.begin()
	need := h.need("fs:read:${workspace}/folder-19/deep/below/file.txt")
	need.Object.Path = workspace + "/folder-19/deep/below/file.txt"
	took := make([]time.Duration, 0, 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		if err := g.Check(context.Background(), need); err != nil {
			b.Fatal(err)
		}
		if len(took) < cap(took) {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}

func BenchmarkCovers(b *testing.B) {
	line, need := parse(b, "fs:read:${workspace}/**/docs/*.md"), parse(b, "fs:read:${workspace}/a/b/c/docs/read-me.md")
	b.ReportAllocs()
	for b.Loop() {
		if !line.Covers(need, workspace) {
			b.Fatal("not covered")
		}
	}
}

// BenchmarkManyPausedCallsResume is how long ten thousand calls take that wait for a person, from the first yes until
// all went on; the goal is a second.
func BenchmarkManyPausedCallsResume(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		m := pauseMany(b)
		b.StartTimer()
		m.resume()
	}
}

// BenchmarkManyCallsThatWereStoppedGoOn is the same after everything was paused.
func BenchmarkManyCallsThatWereStoppedGoOn(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		h := furnish(b)
		h.person.answer = quick
		done := stopMany(b, h)
		b.StartTimer()
		if err := h.broker.Resume(context.Background(), "playground"); err != nil {
			b.Fatal(err)
		}
		done.Wait()
	}
}
