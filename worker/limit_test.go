package worker_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/skill"
	"gatehouse/worker"
)

// limitOf returns the limit that err is about, empty for none.
func limitOf(err error) string {
	var limit *worker.LimitError
	if errors.As(err, &limit) {
		return limit.Code
	}
	return ""
}

// atLeast is what calls that ran for so long at a percentage of a core take, less what may be used at once, and less a
// quarter: the last step of a call is not paid any more, and on a busy machine it waits for a processor.
func atLeast(ran time.Duration, percent int) time.Duration {
	return (ran - 100*time.Millisecond) * 100 / time.Duration(percent) * 3 / 4
}

// A call rests to keep to its share of the processor. Its own time stands still meanwhile, and the host knows.
func TestTheShareOfTheProcessor(t *testing.T) {
	p := pool(t, nil)
	job := task(guesttest.Spinning(), guesttest.Order{})
	job.Limits.Time, job.Limits.Fuel = skill.Time(time.Second), 1<<40
	warm := job
	warm.Limits.Time = skill.Time(time.Millisecond)
	p.Run(t.Context(), warm, powers.Set{})

	// It takes 4.5 s. A host that did not know would end it after 3, its time and grace, and hear nothing of its end.
	job.Limits.CPU = 20
	began := time.Now()
	result, err := p.Run(t.Context(), job, powers.Set{})
	took, ran, rested := time.Since(began), result.Usage.Running, result.Usage.Throttled
	if limitOf(err) != worker.CodeTime || ran < job.Limits.Time.Duration() {
		t.Errorf("Run() = %v after running for %v; want %s, of the worker's own", err, ran, worker.CodeTime)
	}
	if want := atLeast(ran, 20); took < want || rested < want*4/5 {
		t.Errorf("it took %v, ran for %v and rested %v; want at least %v and most of it rest", took, ran, rested, want)
	}
	if again, err := p.Run(t.Context(), warm, powers.Set{}); limitOf(err) != worker.CodeTime || again.Usage.Running == 0 {
		t.Errorf("the next call = %v after running for %v; want the same worker to answer", err, again.Usage.Running)
	}
}

// No worker is killed in this test within a minute, so a call that ends is one whose rest ended with it.
func TestARestEndsWithItsCall(t *testing.T) {
	p := pool(t, func(o *worker.Options) { o.Grace = time.Minute })
	job := task(guesttest.Spinning(), guesttest.Order{})
	job.Limits.CPU, job.Limits.Fuel = 1, 1<<40
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := p.Run(ctx, job, powers.Set{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 2500*time.Millisecond {
		t.Errorf("Run() = %v after %v; want it to end with its context", err, time.Since(began))
	}
}

// together runs jobs that go on to the end of their time, all at once, and says how long they took and ran in all.
func together(t *testing.T, p *worker.Pool, jobs ...worker.Task) (took, ran time.Duration) {
	t.Helper()
	var calls sync.WaitGroup
	each := make([]time.Duration, len(jobs))
	began := time.Now()
	for i, job := range jobs {
		calls.Go(func() {
			result, err := p.Run(t.Context(), job, powers.Set{})
			if limitOf(err) != worker.CodeTime {
				t.Errorf("Run() = %v; want %s", err, worker.CodeTime)
			}
			each[i] = result.Usage.Running
		})
	}
	calls.Wait()
	for _, one := range each {
		ran += one
	}
	return time.Since(began), ran
}

// Two calls of one skill share what it has.
func TestTheShareIsTheSkills(t *testing.T) {
	p := pool(t, nil)
	job := task(guesttest.Spinning(), guesttest.Order{})
	job.Limits.Time, job.Limits.Fuel, job.Limits.CPU = skill.Time(time.Second), 1<<40, 50
	took, ran := together(t, p, job, job)
	// 2 s of running at half a core. Each for itself would be done after 1.8 s.
	if want := atLeast(ran, 50); took < want || want < 2500*time.Millisecond {
		t.Errorf("both took %v and ran for %v; want at least %v", took, ran, want)
	}
}

// versionsOf are tasks of two versions of one skill, each with a worker that has loaded it.
func versionsOf(t *testing.T, p *worker.Pool) (one, other worker.Task) {
	one = task(guesttest.Spinning(), guesttest.Order{})
	one.Skill, one.Limits.Fuel = "twins", 1<<40
	other = one
	other.Wasm = append(slices.Clone(one.Wasm), 0, 2, 1, 'x') // a section that says nothing
	other.Digest = skill.DigestOf(other.Wasm)
	for _, job := range []worker.Task{one, other} {
		job.Limits.Time = skill.Time(time.Millisecond)
		if _, err := p.Run(t.Context(), job, powers.Set{}); limitOf(err) != worker.CodeTime {
			t.Fatalf("Run() = %v; want %s", err, worker.CodeTime)
		}
	}
	return one, other
}

// Two versions of a skill, each in a worker of its own, share what it has.
func TestTheShareIsOfAllVersions(t *testing.T) {
	p := pool(t, nil)
	one, other := versionsOf(t, p)
	for _, job := range []*worker.Task{&one, &other} {
		job.Limits.Time, job.Limits.CPU = skill.Time(time.Second), 50
	}
	took, ran := together(t, p, one, other)
	ran -= 100 * time.Millisecond // each worker lets so much be used at once
	// 2 s of running at half a core. Each for itself would be done after 1.8 s.
	if want := atLeast(ran, 50); took < want || want < 2500*time.Millisecond {
		t.Errorf("both took %v and ran for %v; want at least %v", took, ran, want)
	}
}

// A version that is alone again has the whole share, also in the call that was under way before.
func TestAShareThatIsWholeAgain(t *testing.T) {
	p := pool(t, nil)
	short, long := versionsOf(t, p)
	short.Limits.Time, short.Limits.CPU = skill.Time(200*time.Millisecond), 100
	long.Limits.Time, long.Limits.CPU = skill.Time(1500*time.Millisecond), 100
	var calls sync.WaitGroup
	calls.Go(func() {
		if _, err := p.Run(t.Context(), short, powers.Set{}); limitOf(err) != worker.CodeTime {
			t.Errorf("Run() = %v; want %s", err, worker.CodeTime)
		}
	})
	result, err := p.Run(t.Context(), long, powers.Set{})
	if limitOf(err) != worker.CodeTime {
		t.Errorf("Run() = %v; want %s", err, worker.CodeTime)
	}
	calls.Wait()
	// At half a core all along it would rest for 1.4 s.
	if rested := result.Usage.Throttled; rested > time.Second {
		t.Errorf("it rested for %v; want that it rested while the other ran", rested)
	}
}

// Two versions of a skill do not double what it may run at once.
func TestCallsAreCountedBySkill(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	inside, free := make(chan bool), make(chan bool)
	files.Before = func(context.Context, powers.Open) error { inside <- true; <-free; return nil }
	old := task(guest, guesttest.Order{Do: "read", Path: "a"})
	old.Skill, old.Limits.Concurrency = "pdf-tools", 1
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := p.Run(t.Context(), old, with(files)); err != nil {
			t.Errorf("the first call = %v; want it to go on", err)
		}
	})
	<-inside
	updated := task(guesttest.Module{}.Bytes(), guesttest.Order{})
	updated.Skill, updated.Limits.Concurrency = "pdf-tools", 1
	if _, err := p.Run(t.Context(), updated, powers.Set{}); limitOf(err) != worker.CodeTooMany {
		t.Errorf("a call of another version = %v; want %s", err, worker.CodeTooMany)
	}
	other := updated
	other.Skill = "other"
	if _, err := p.Run(t.Context(), other, powers.Set{}); err != nil {
		t.Errorf("another skill with the same code = %v; want it to run", err)
	}
	close(free)
	first.Wait()
	if _, err := p.Run(t.Context(), updated, powers.Set{}); err != nil {
		t.Errorf("after it = %v; want it to run", err)
	}
}

// A guest that fails because it may open no more files fails for that limit.
func TestTooManyFiles(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	files.Before = func(context.Context, powers.Open) error { return powers.ErrTooMany }
	job := task(guest, guesttest.Order{Do: "read", Path: "a"})
	if _, err := p.Run(t.Context(), job, with(files)); limitOf(err) == worker.CodeFiles {
		t.Errorf("Run() = %v; want a system without files to be no limit of the call", err)
	}
	job.Limits.Files = 4
	files.Before = func(_ context.Context, o powers.Open) error {
		if files.Held() >= 4 {
			return powers.ErrTooMany
		}
		return nil
	}
	job.Input = guesttest.Order{Do: "open", Path: "a", N: 9}.Stdin()
	result, err := p.Run(t.Context(), job, with(files))
	var limit *worker.LimitError
	if !errors.As(err, &limit) || limit.Code != worker.CodeFiles || limit.Limit != "4" || limit.Said == "" {
		t.Errorf("Run() = %#v; want %s of 4, with the guest's words", err, worker.CodeFiles)
	}
	if result.Usage.Files != 4 || result.Usage.Requests < 5 {
		t.Errorf("usage = %+v; want four files open at once", result.Usage)
	}
}

// A guest that takes all the memory it gets, and more, does not disturb the call beside it.
func TestAMemoryBombAndItsNeighbour(t *testing.T) {
	p, guest := pool(t, nil), guest(t)
	files := guesttest.NewFiles(map[string]string{"/workspace/a": "x"})
	inside, free := make(chan bool), make(chan bool)
	files.Before = func(context.Context, powers.Open) error { inside <- true; <-free; return nil }
	var beside sync.WaitGroup
	beside.Go(func() {
		result, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "read", Path: "a"}), with(files))
		if err != nil || string(result.Output) != "x" {
			t.Errorf("the call beside = %q, %v; want it to go on", result.Output, err)
		}
	})
	<-inside
	for range 3 {
		_, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "grow", N: 100_000}), powers.Set{})
		if limitOf(err) != worker.CodeMemory {
			t.Errorf("Run() = %v; want %s", err, worker.CodeMemory)
		}
	}
	close(free)
	beside.Wait()
}
