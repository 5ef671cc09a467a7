package home

var (
	Build      = build
	CustomRoot = customRoot
)
