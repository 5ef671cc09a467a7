package store

import "os"

// syncFolder has nothing to do: Windows keeps a folder's names with its journal.
func syncFolder(string) error { return nil }

// unlock has nothing to do: here a lock goes with the file's handle.
func unlock(*os.File) {}
