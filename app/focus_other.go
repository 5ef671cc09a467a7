//go:build !linux || !desktop

package app

// takeNoFocus does nothing where Wails offers no way to it.
func takeNoFocus() {}
