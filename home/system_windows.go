package home

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ManagedPolicy is where whoever runs this machine puts the policy for everybody on it. No variable and no setting
// changes it: the folder for all users' data is asked from the system.
func ManagedPolicy() string {
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		data = `C:\ProgramData`
	}
	return filepath.Join(data, "Gatehouse", "policy.json")
}

// CheckSystem returns nil only if path is a regular file that the system or its administrators own and nobody else may
// write, in a folder of which the same holds. Otherwise the error is ErrNotOurs, or the system's own.
func CheckSystem(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("checking %q: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return refuseSystem(path, "it is not a regular file")
	}
	for _, p := range []string{path, filepath.Dir(path)} {
		if err := administratorsAlone(p); err != nil {
			return err
		}
	}
	return nil
}

// changes are the rights with which somebody could change a file, what is in a folder, or who may.
const changes = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | windows.FILE_WRITE_EA | windows.FILE_WRITE_ATTRIBUTES |
	0x40 /* delete a child */ | windows.DELETE | windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL

func administratorsAlone(path string) error {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("reading who may write %q: %w", path, err)
	}
	owner, _, err := sd.Owner()
	if err != nil || !isAdministrator(owner) {
		return refuseSystem(path, "neither the system nor its administrators own it")
	}
	list, _, err := sd.DACL()
	if err != nil || list == nil {
		return refuseSystem(path, "everybody may write it")
	}
	for i := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, i, &entry); err != nil {
			return fmt.Errorf("reading who may write %q: %w", path, err)
		}
		denies := entry.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE
		forChildren := entry.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0
		if denies || forChildren || entry.Mask&changes == 0 {
			continue
		}
		if sid := (*windows.SID)(unsafe.Pointer(&entry.SidStart)); entry.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || !isAdministrator(sid) {
			return refuseSystem(path, "others than the system and its administrators may write it")
		}
	}
	return nil
}

func isAdministrator(sid *windows.SID) bool {
	installer, err := windows.StringToSid("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464")
	return sid.IsWellKnown(windows.WinLocalSystemSid) || sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) ||
		err == nil && sid.Equals(installer)
}
