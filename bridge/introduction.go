package bridge

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"
)

// Introduction is the line that a pipe sends after the greeting: what its starter gave it. It is the client's word; the
// token alone proves something.
type Introduction struct {
	// Token is that of GATEHOUSE_CLIENT; empty where there is none.
	Token string `json:"token,omitempty"`
	// Session is random and the same whenever this pipe comes back.
	Session string `json:"session"`
	// Workspace is the folder that was named with --workspace, Folder the one that the pipe runs in.
	Workspace string `json:"workspace,omitempty"`
	Folder    string `json:"folder,omitempty"`
	Profile   string `json:"profile,omitempty"`
}

const (
	maxIntroduction  = 16 << 10
	introductionTime = 5 * time.Second
	// shortestSession is that of 128 bits in any spelling.
	shortestSession = 22
)

func (i Introduction) write(w io.Writer) error {
	line, err := json.Marshal(i)
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	return err
}

// readIntroduction returns the first line of conn and a reader of what follows it.
func readIntroduction(conn net.Conn) (*bufio.Reader, Introduction, error) {
	if err := conn.SetReadDeadline(time.Now().Add(introductionTime)); err != nil {
		return nil, Introduction{}, err
	}
	in := bufio.NewReaderSize(conn, maxIntroduction)
	line, err := in.ReadSlice('\n')
	if err != nil {
		return nil, Introduction{}, fmt.Errorf("reading a pipe's introduction: %w", err)
	}
	var i Introduction
	if err := json.Unmarshal(bytes.TrimSpace(line), &i); err != nil {
		return nil, Introduction{}, fmt.Errorf("reading a pipe's introduction: %w", err)
	}
	if len(i.Session) < shortestSession {
		return nil, Introduction{}, fmt.Errorf("reading a pipe's introduction: its session is too short to be its own")
	}
	return in, i, conn.SetReadDeadline(time.Time{})
}

// fingerprint is a short word for a secret one, that can be shown and kept.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:16])
}
