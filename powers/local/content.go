package local

import (
	"bytes"
	"errors"
	"io"
)

const block = 64 << 10

// part returns what c holds between from and to, or its end.
func part(c content, from, to int64) ([]byte, error) {
	b := make([]byte, max(0, min(to, c.size)-from))
	if len(b) == 0 {
		return nil, nil
	}
	n, err := c.ReadAt(b, from)
	if n == len(b) || errors.Is(err, io.EOF) {
		return b[:n], nil
	}
	return nil, err
}

// commonPrefix is how many bytes both begin with.
func commonPrefix(a, b content) (int64, error) {
	var at int64
	for most := min(a.size, b.size); at < most; {
		p, q, err := parts(a, at, b, at, min(block, most-at))
		if err != nil {
			return 0, err
		}
		for i := range p {
			if p[i] != q[i] {
				return at + int64(i), nil
			}
		}
		at += int64(len(p))
	}
	return at, nil
}

// commonSuffix is how many bytes both end with, beside those that they begin with.
func commonSuffix(a, b content, prefix int64) (int64, error) {
	var n int64
	for most := min(a.size, b.size) - prefix; n < most; {
		step := min(block, most-n)
		p, q, err := parts(a, a.size-n-step, b, b.size-n-step, step)
		if err != nil {
			return 0, err
		}
		for i := len(p) - 1; i >= 0; i-- {
			if p[i] != q[i] {
				return n + int64(len(p)-1-i), nil
			}
		}
		n += step
	}
	return n, nil
}

// parts reads n bytes of both.
func parts(a content, from int64, b content, at, n int64) (p, q []byte, err error) {
	if p, err = part(a, from, from+n); err == nil {
		q, err = part(b, at, at+n)
	}
	if err == nil && (int64(len(p)) != n || int64(len(q)) != n) {
		err = io.ErrUnexpectedEOF
	}
	return p, q, err
}

// lineStart returns where the line begins that holds at, or one up to n lines before it.
func lineStart(c content, at int64, n int) (int64, error) {
	for at > 0 {
		from := max(0, at-block)
		b, err := part(c, from, at)
		if err != nil {
			return 0, err
		}
		for i := len(b) - 1; i >= 0; i-- {
			if b[i] != '\n' {
				continue
			}
			if n--; n < 0 {
				return from + int64(i) + 1, nil
			}
		}
		at = from
	}
	return 0, nil
}

// beginsLine reports whether a line begins at at.
func beginsLine(c content, at int64) (bool, error) {
	if at == 0 {
		return true, nil
	}
	b, err := part(c, at-1, at)
	return len(b) == 1 && b[0] == '\n', err
}

// pastLines returns where n lines have ended from at on.
func pastLines(c content, at int64, n int) (int64, error) {
	for n > 0 && at < c.size {
		b, err := part(c, at, at+block)
		if err != nil || len(b) == 0 {
			return c.size, err
		}
		for i := range b {
			if b[i] != '\n' {
				continue
			}
			if n--; n == 0 {
				return at + int64(i) + 1, nil
			}
		}
		at += int64(len(b))
	}
	return at, nil
}

// countLines counts the lines that begin between from and to.
func countLines(c content, from, to int64) (n int, err error) {
	last := byte('\n')
	for from < to {
		b, err := part(c, from, min(to, from+block))
		if err != nil || len(b) == 0 {
			return n, err
		}
		n += bytes.Count(b, []byte("\n"))
		last, from = b[len(b)-1], from+int64(len(b))
	}
	if last != '\n' {
		n++
	}
	return n, nil
}
