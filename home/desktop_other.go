//go:build !linux

package home

// Desktop returns nothing: here the system itself gives a window its place in the login session.
func Desktop() []string { return nil }
