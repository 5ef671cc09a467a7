package app

import (
	"encoding/json"
	"net/http"
	"os"
)

// dialogTitle stands over the system's file dialog. It is ours alone: nothing of a skill is in it.
const dialogTitle = "Gatehouse: pick the file that this one call may read"

// longestFolder bounds a request for the dialog, in bytes.
const longestFolder = 16 << 10

// Dialog opens the system's dialog for one file, at folder where there is such a folder, and returns the path that the
// person picked; empty where they picked none. It blocks until they are done.
type Dialog func(title, folder string) (path string, err error)

// OnPick gives the door the system's file dialog. Only ask's door is given one; without it the page gets 404.
func (d *Door) OnPick(open Dialog) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dialog = open
}

// serveDialog answers POST /dialog/file {"folder"} with {"path"}, one dialog at a time. What the page is told of the
// file is its path: the host opens it, if the person's answer names it.
func (d *Door) serveDialog(w http.ResponseWriter, r *http.Request) {
	if !d.admits(w, r) {
		return
	}
	d.mu.Lock()
	open := d.dialog
	d.mu.Unlock()
	if open == nil || r.Method != http.MethodPost {
		problem(w, http.StatusNotFound, "There is no file dialog here.")
		return
	}
	if !d.picking.TryLock() {
		problem(w, http.StatusConflict, "The file dialog is open already.")
		return
	}
	defer d.picking.Unlock()
	var at struct{ Folder string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestFolder)).Decode(&at); err != nil {
		problem(w, http.StatusBadRequest, "The request names no folder.")
		return
	}
	if info, err := os.Stat(at.Folder); err != nil || !info.IsDir() {
		at.Folder = ""
	}
	path, err := open(dialogTitle, at.Folder)
	if err != nil {
		problem(w, http.StatusInternalServerError, "The file dialog did not open.")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]string{"path": path})
}
