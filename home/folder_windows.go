package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

func customRoot() (string, error) {
	local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return "", fmt.Errorf("finding the folder for local application data: %w", err)
	}
	return filepath.Join(local, "Gatehouse"), nil
}

func temporary() string {
	local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return os.TempDir()
	}
	return filepath.Join(local, "Temp")
}

// makePrivate makes dir where it is missing, for this user and the system only, and checks its owner.
func makePrivate(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
			return fmt.Errorf("making the folder %q: %w", filepath.Dir(dir), err)
		}
		if err := makeClosed(dir); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making the folder %q: %w", dir, err)
		}
	}
	return checkPrivate(dir)
}

func makeClosed(dir string) error {
	me, err := currentSID()
	if err != nil {
		return err
	}
	sd, err := windows.SecurityDescriptorFromString(
		fmt.Sprintf("O:%[1]sD:P(A;OICI;FA;;;%[1]s)(A;OICI;FA;;;SY)", me))
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	return windows.CreateDirectory(name, &windows.SecurityAttributes{
		Length:             uint32(unsafe.Sizeof(windows.SecurityAttributes{})),
		SecurityDescriptor: sd,
	})
}

// checkPrivate checks that dir is a folder that this user owns. What its access list lets others do is the system's
// custom below a user's profile, and ours where makeClosed made it.
func checkPrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("checking the folder %q: %w", dir, err)
	}
	if !info.IsDir() {
		return &plainError{fmt.Sprintf("%q is not a folder", dir), "move it away, or set GATEHOUSE_HOME to another folder", nil}
	}
	sd, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("reading the owner of %q: %w", dir, err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("reading the owner of %q: %w", dir, err)
	}
	me, err := currentSID()
	if err != nil {
		return err
	}
	// What an elevated program makes belongs to the administrators, who may do everything anyway.
	if !owner.Equals(me) && !owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
		return &plainError{
			fmt.Sprintf("The folder %q belongs to another user, so Gatehouse does not use it", dir),
			"set GATEHOUSE_HOME to a folder of your own", ErrNotOurs,
		}
	}
	return nil
}

// checkSocket checks that path is there, in a folder of this user's.
func checkSocket(path string) error {
	if err := checkPrivate(filepath.Dir(path)); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err != nil {
		return fmt.Errorf("checking the socket %q: %w", path, err)
	}
	return nil
}

func currentSID() (*windows.SID, error) {
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("reading this process's user: %w", err)
	}
	return me.User.Sid, nil
}
