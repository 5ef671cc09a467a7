package secrets

import "os"

// readPrivate reads a file. A new one gets the rights of its folder, which is the person's own.
func readPrivate(path string) ([]byte, error) { return os.ReadFile(path) }
