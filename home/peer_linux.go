package home

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func credentials(fd uintptr) (Peer, error) {
	cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return Peer{}, err
	}
	if int(cred.Uid) != os.Geteuid() {
		return Peer{}, strangerError(int(cred.Pid))
	}
	return Peer{UID: int(cred.Uid), PID: int(cred.Pid), Login: login(int(cred.Pid))}, nil
}

// login names the session of the process: this boot, the session's number, and the clock tick at which its leader
// started. A session whose leader is gone has no name, because its number alone may come back.
func login(pid int) string {
	if pid <= 0 {
		return ""
	}
	sid, err := unix.Getsid(pid)
	if err != nil || sid <= 0 {
		return ""
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", sid))
	if err != nil {
		return ""
	}
	// proc(5): the second field is a name in parentheses, which may hold anything; field 6 is the session and field
	// 22 the start.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 || string(fields[3]) != fmt.Sprint(sid) {
		return ""
	}
	return fmt.Sprintf("%s/%d/%s", bytes.TrimSpace(boot), sid, fields[19])
}
