package store_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/permissions"
)

// BenchmarkGrantedCheck is a check that one of twenty kept decisions answers, out of this database; its ninety-ninth
// percentile has to stay below 50 µs (permissions.md section 8).
func BenchmarkGrantedCheck(b *testing.B) {
	decisions := openNew(b).Decisions()
	subject := permissions.Subject{
		Skill: "files", Signer: "built in", Digest: "sha256:aa", Capabilities: "sha256:bb", Client: "terminal", Workspace: "/home/ada/work/acme",
	}
	confirmed := permissions.Decision{ID: "workspace", Key: subject.WorkspaceKey(), Verdict: permissions.Allow, Lifetime: permissions.Always, Made: time.Now()}
	if err := decisions.Keep(confirmed); err != nil {
		b.Fatal(err)
	}
	for i := range 20 {
		d := decision(i)
		d.Key, d.Made = subject.Key(), time.Now()
		if err := decisions.Keep(d); err != nil {
			b.Fatal(err)
		}
	}
	line, err := permissions.Parse("fs:read:${workspace}/**")
	if err != nil {
		b.Fatal(err)
	}
	guard := permissions.NewBroker(permissions.Options{Store: decisions, Used: decisions.Used, Never: permissions.Never{Home: "/home/ada"}}).Begin(
		subject, permissions.Capabilities{Optional: []permissions.Line{{Grant: line}}}, permissions.CallInfo{},
	)
	need := permissions.Need{
		Grant:  permissions.FileGrant(permissions.Read, "${workspace}/19/deep/below/file.txt"),
		Object: permissions.Object{Path: "/home/ada/work/acme/19/deep/below/file.txt"},
	}
	took := make([]time.Duration, 0, 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		if err := guard.Check(b.Context(), need); err != nil {
			b.Fatal(err)
		}
		if len(took) < cap(took) {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}
