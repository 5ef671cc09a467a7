package local

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gatehouse/permissions"
)

// Counting is for one number and a few names in a prompt: it neither lets a person wait nor holds many folders open.
const (
	countTime  = 200 * time.Millisecond
	countDepth = 32
	countNames = 5
)

// CountFiles returns how many regular files g names now, and the real paths of the first five that it met. folder is
// the real path of g.Base(). Links are not followed and no file is opened. The count is 0 where it cannot tell in a
// fifth of a second, or before ctx ends. Its shape is that of permissions.Options.Count.
func CountFiles(ctx context.Context, folder string, g permissions.Grant) (count int, some []string) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	root, err := os.OpenRoot(folder)
	if err != nil {
		return 0, nil
	}
	defer root.Close()
	c := counter{ctx: ctx, grant: g, folder: folder, dots: strings.Contains(g.Path(), "/.")}
	all := c.count(root, g.Base(), countDepth)
	slices.Sort(c.some)
	if !all {
		return 0, c.some
	}
	return c.n, c.some
}

type counter struct {
	ctx    context.Context
	grant  permissions.Grant
	folder string
	dots   bool // the grant spells a dot, so names that begin with one may count
	n      int
	some   []string
}

// count counts what lies in folder, which grants call name, and below it. It returns false where it could not see all.
func (c *counter) count(folder *os.Root, name string, depth int) bool {
	if depth == 0 {
		return false
	}
	open, err := folder.Open(".")
	if err != nil {
		return false
	}
	defer open.Close()
	for c.ctx.Err() == nil {
		entries, err := open.ReadDir(256)
		for _, e := range entries {
			switch below := name + "/" + e.Name(); {
			case !c.dots && strings.HasPrefix(e.Name(), "."):
			case e.IsDir():
				if !c.countBelow(folder, e.Name(), below, depth-1) {
					return false
				}
			case e.Type().IsRegular() && c.grant.Covers(permissions.FileGrant(c.grant.Right(), below), ""):
				c.n++
				if len(c.some) < countNames {
					c.some = append(c.some, c.folder+strings.TrimPrefix(below, c.grant.Base()))
				}
			}
		}
		if err != nil {
			return err == io.EOF
		}
	}
	return false
}

func (c *counter) countBelow(folder *os.Root, entry, name string, depth int) bool {
	below, err := folder.OpenRoot(entry)
	if err != nil {
		return false
	}
	defer below.Close()
	return c.count(below, name, depth)
}
