package home

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func credentials(fd uintptr) (Peer, error) {
	cred, err := unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return Peer{}, err
	}
	pid, err := unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	if err != nil {
		return Peer{}, err
	}
	if int(cred.Uid) != os.Geteuid() {
		return Peer{}, strangerError(pid)
	}
	return Peer{UID: int(cred.Uid), PID: pid, Login: login(pid)}, nil
}

// login names the session of the process: its number and when its leader started.
func login(pid int) string {
	sid, err := unix.Getsid(pid)
	if err != nil || sid <= 0 {
		return ""
	}
	leader, err := unix.SysctlKinfoProc("kern.proc.pid", sid)
	if err != nil || int(leader.Proc.P_pid) != sid {
		return ""
	}
	start := leader.Proc.P_starttime
	return fmt.Sprintf("%d/%d.%06d", sid, start.Sec, start.Usec)
}
