package local

import (
	"context"
	"io"
	"os"
	"strings"
	"time"
)

// CountFiles returns how many regular files lie in folder, a real path, and below it; names that begin with a dot are
// passed over as patterns pass over them, and links are not followed. It opens no file, and ends early at limit, at the
// deadline, deep down and with ctx: then whole is false and there are more.
func CountFiles(ctx context.Context, folder string, limit int, deadline time.Time) (n int, whole bool) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return 0, false
	}
	defer root.Close()
	return countIn(ctx, root, countDepth, limit, deadline)
}

// countDepth bounds the folders that counting holds open at once.
const countDepth = 32

func countIn(ctx context.Context, root *os.Root, depth, limit int, deadline time.Time) (n int, whole bool) {
	if depth == 0 {
		return 0, false
	}
	folder, err := root.Open(".")
	if err != nil {
		return 0, false
	}
	defer folder.Close()
	whole = true
	for {
		if ctx.Err() != nil || time.Now().After(deadline) {
			return n, false
		}
		entries, err := folder.ReadDir(256)
		for _, e := range entries {
			switch {
			case n >= limit:
				return n, false
			case strings.HasPrefix(e.Name(), "."):
			case e.Type().IsRegular():
				n++
			case e.IsDir():
				below, err := root.OpenRoot(e.Name())
				if err != nil {
					whole = false
					continue
				}
				more, all := countIn(ctx, below, depth-1, limit-n, deadline)
				below.Close()
				n, whole = n+more, whole && all
			}
		}
		if err != nil {
			return n, whole && err == io.EOF
		}
	}
}
