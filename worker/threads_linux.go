package worker

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// threadsOf is the twentieth field of a process's stat. The second is its name, in which anything may stand.
func threadsOf(pid int) (n int, known bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 18 {
		return 0, false
	}
	n, err = strconv.Atoi(string(fields[17]))
	return n, err == nil
}
