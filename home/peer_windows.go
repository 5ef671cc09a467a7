package home

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// getPeerPID is SIO_AF_UNIX_GETPEERPID of afunix.h.
const getPeerPID = 0x58000100

// credentials compares the security id of the peer's process with ours; Windows tells nothing more of a peer.
func credentials(fd uintptr) (Peer, error) {
	var pid, got uint32
	err := windows.WSAIoctl(windows.Handle(fd), getPeerPID, nil, 0,
		(*byte)(unsafe.Pointer(&pid)), uint32(unsafe.Sizeof(pid)), &got, nil, 0)
	if err != nil {
		return Peer{}, err
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return Peer{}, fmt.Errorf("opening process %d: %w", pid, err)
	}
	defer windows.CloseHandle(process)
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return Peer{}, fmt.Errorf("opening the token of process %d: %w", pid, err)
	}
	defer token.Close()
	theirs, err := token.GetTokenUser()
	if err != nil {
		return Peer{}, err
	}
	me, err := currentSID()
	if err != nil {
		return Peer{}, err
	}
	if !theirs.User.Sid.Equals(me) {
		return Peer{}, strangerError(int(pid))
	}
	return Peer{UID: -1, PID: int(pid)}, nil
}
