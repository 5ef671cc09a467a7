//go:build unix

package home

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

func cleanEnvironment() ([]string, error) {
	name, folder, err := person()
	if err != nil {
		return nil, err
	}
	return []string{
		"HOME=" + folder, "USER=" + name, "LOGNAME=" + name,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}, nil
}

// keepDescriptors keeps from our children what our own starter left open in us: Go closes at exec only what it
// opened itself.
func keepDescriptors() error {
	folder := "/dev/fd"
	if runtime.GOOS == "linux" {
		folder = "/proc/self/fd"
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("listing them: %w", err)
	}
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
