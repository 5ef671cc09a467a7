package worker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"testing"
	"time"

	"gatehouse/internal/guesttest"
	"gatehouse/permissions"
	"gatehouse/powers/local"
)

// everyone is a Checker that allows everything.
type everyone struct{}

func (everyone) Check(context.Context, permissions.Need) error    { return nil }
func (everyone) Possible(context.Context, permissions.Need) error { return nil }
func (everyone) Granted(context.Context, permissions.Need) error  { return nil }
func (everyone) Picked(permissions.Need) (string, bool)           { return "", false }
func (everyone) Made(permissions.Need, string)                    {}

// A file is never in memory as a whole, in the host or in the guest.
func TestALargeFileStreams(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 256 << 20
	}
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "large"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(folder, "large"), size); err != nil {
		t.Fatal(err)
	}
	files, err := local.NewFiles(local.FilesOptions{Checker: everyone{}, Workspace: folder, OpenFiles: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	p, guest := pool(t, nil), guest(t)

	before, peak := heapNow(), uint64(0)
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				peak = max(peak, heapNow())
			case <-ended:
				tick.Stop()
				return
			}
		}
	}()
	began := time.Now()
	result, err := p.Run(t.Context(), task(guest, guesttest.Order{Do: "stream", Path: "large"}), with(files))
	close(ended)
	<-watched
	if want := fmt.Sprint(size); err != nil || string(result.Output) != want {
		t.Fatalf("Run() = %q, %v; want %s bytes read", result.Output, err, want)
	}
	t.Logf("%d MiB in %v, the host's heap %d MiB more, the guest's memory %d MiB",
		size>>20, time.Since(began).Round(time.Millisecond), (max(peak, before)-before)>>20, result.Usage.Memory>>20)
	if more := max(peak, before) - before; more > 64<<20 || result.Usage.Memory > 32<<20 {
		t.Errorf("the host's heap grew by %d bytes, the guest's memory is %d; want neither near the size of the file", more, result.Usage.Memory)
	}
}

// heapNow is how many bytes of memory Go's heap holds.
func heapNow() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
