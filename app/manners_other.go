//go:build !linux || !desktop

package app

// mindManners does nothing where Wails offers no way to it.
func mindManners() {}
