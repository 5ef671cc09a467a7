package home

import (
	"fmt"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

func cleanEnvironment() ([]string, error) {
	name, folder, err := person()
	if err != nil {
		return nil, err
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil, fmt.Errorf("finding the system's folder: %w", err)
	}
	return []string{
		"USERPROFILE=" + folder, "USERNAME=" + name,
		"SystemRoot=" + filepath.Dir(system), "PATH=" + system + ";" + filepath.Dir(system),
	}, nil
}

// keepDescriptors has nothing to do: exec names the handles that a child inherits.
func keepDescriptors() error { return nil }

func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP,
	}
}
