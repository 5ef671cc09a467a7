package main

import (
	"errors"
	"strings"
)

var errTooManyBraces = errors.New("the pattern stands for too many others")

const mostBraces = 256

// matchSegment tells whether name fits pattern, in which * stands for any run of characters and ? for one. A name that
// begins with a dot fits only a pattern that does.
func matchSegment(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") {
		return false
	}
	p, n := []rune(pattern), []rune(name)
	// star and mark are where to go on when a * must take one character more.
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

func wild(segment string) bool { return strings.ContainsAny(segment, "*?") }

// braces writes out every {a,b} of pattern.
func braces(pattern string) ([]string, error) {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}, nil
	}
	inside, after, ok := strings.Cut(pattern[open+1:], "}")
	if !ok {
		return []string{pattern}, nil
	}
	rest, err := braces(after)
	if err != nil {
		return nil, err
	}
	var all []string
	for choice := range strings.SplitSeq(inside, ",") {
		for _, tail := range rest {
			all = append(all, pattern[:open]+choice+tail)
		}
	}
	if len(all) > mostBraces {
		return nil, errTooManyBraces
	}
	return all, nil
}
