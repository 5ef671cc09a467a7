package local

import (
	"bytes"

	"gatehouse/permissions"
)

// Difference is what turns one content into another.
func Difference(before, after []byte) (permissions.Difference, error) {
	return difference(contentOf(before), contentOf(after))
}

func contentOf(b []byte) content { return content{bytes.NewReader(b), int64(len(b))} }
