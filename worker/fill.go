package worker

import (
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// lookEvery is how often the host looks at how much lies in the folder of a worker that compiles.
const lookEvery = 100 * time.Millisecond

// watchFolder ends a worker that writes more into its folder than is ever taken from there: the system bounds each of its
// files and not their number. What it returns ends the watch.
func (w *process) watchFolder(folder string) (stop func()) {
	if folder == "" {
		return func() {}
	}
	most := sizeOf(folder) + mostTaken
	over := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		look := time.NewTicker(lookEvery)
		defer look.Stop()
		for {
			select {
			case <-over:
				return
			case <-look.C:
				if sizeOf(folder) > most {
					w.kill("it filled its folder")
					return
				}
			}
		}
	})
	return func() {
		close(over)
		watch.Wait()
	}
}

// sizeOf is how many bytes the files in a folder have, each counted as a block at least. What vanishes meanwhile is left out.
func sizeOf(folder string) (bytes int64) {
	const block = 4 << 10
	_ = filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := e.Info(); err == nil {
			bytes += max(block, info.Size())
		}
		if bytes > 8*mostTaken { // enough to know
			return fs.SkipAll
		}
		return nil
	})
	return bytes
}
