package main

import (
	"os"
	"path/filepath"

	"gatehouse/permissions"
)

// pick lets the person type the path of another file, which is their answer. It is the terminal's file dialog.
func (d *dialog) pick() (permissions.Answer, bool, error) {
	d.printf("read which file instead, for this call only? path [back]: ")
	typed, err := d.read()
	if typed == "" || err != nil {
		return permissions.Answer{}, false, err
	}
	path, err := filepath.Abs(typed)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		d.printf("there is no such file\n")
		return permissions.Answer{}, false, nil
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		d.printf("that is not a file\n")
		return permissions.Answer{}, false, nil
	}
	answer := d.give(0, permissions.Once)
	answer.Picked = path
	return answer, true, nil
}

// mustPick says whether picking is the only way to say yes.
func (d *dialog) mustPick() bool { return d.p.MayPick && len(d.p.Rungs) == 0 }
