package home

import "fmt"

// refuseSystem is the refusal of a file or folder that somebody but the system could change.
func refuseSystem(path, reason string) error {
	return &plainError{
		fmt.Sprintf("%q is not the system's own: %s", path, reason),
		"whoever runs this machine can give it to the system's administrator and close it to everybody else", ErrNotOurs,
	}
}
