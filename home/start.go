package home

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

const (
	// maxLog is the size in bytes from which the host's log is put aside before a start; one old log is kept.
	maxLog = 1 << 20
	// startTime is how long DialOrStart tries.
	startTime = 10 * time.Second
)

// DialOrStart dials the host and starts program as one where none is running. Any number may call it at once: every
// host started finds the database's lock free or ends with exit code 0, so one is left, and it answers all. It
// returns Dial's errors; where the host it started ended with another code, that host's last words in the log; and
// ErrNoHost after ten seconds. It blocks until one of these, or until ctx ends.
func DialOrStart(ctx context.Context, paths Paths, program string, hello Hello) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	var exited <-chan error
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		conn, err := Dial(ctx, paths, hello)
		if !errors.Is(err, ErrNoHost) {
			return conn, err
		}
		if exited == nil {
			if exited, err = Start(ctx, paths, program); err != nil {
				return nil, err
			}
		}
		select {
		case err := <-exited:
			if err != nil {
				return nil, failedStart(paths, err)
			}
			// Another host had the lock. If it was about to end, the next round starts one more.
			exited = nil
			if !wait(ctx, pause) {
				return nil, tooLate(ctx, paths)
			}
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, tooLate(ctx, paths)
		}
	}
}

func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

func failedStart(paths Paths, err error) error {
	said := lastLine(paths.Log)
	if said == "" {
		said = err.Error()
	}
	return &plainError{"The Gatehouse host did not start: " + said, fmt.Sprintf("its log is %q", paths.Log), err}
}

func tooLate(ctx context.Context, paths Paths) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("waiting for the host: %w", ctx.Err())
	}
	return &plainError{
		fmt.Sprintf("The Gatehouse host did not answer within %s", startTime),
		fmt.Sprintf("its log is %q", paths.Log), ErrNoHost,
	}
}

// Start runs program as a host for paths and returns at once; its exit comes on the channel, which may be left
// unread. The host gets nothing of the starter's world: a session of its own, the folder /, no descriptors but
// nothing as input and the log as output, and an environment of HOME, USER and LOGNAME from the user database and a
// fixed PATH.
func Start(ctx context.Context, paths Paths, program string) (<-chan error, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("starting the host: %w", err)
	}
	if !filepath.IsAbs(program) {
		return nil, fmt.Errorf("starting the host: %q is not an absolute path", program)
	}
	environment, err := cleanEnvironment()
	if err != nil {
		return nil, err
	}
	log, err := openLog(paths.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if err := keepDescriptors(); err != nil {
		return nil, fmt.Errorf("starting the host: closing descriptors: %w", err)
	}
	cmd := exec.Command(program, "host", "--home", paths.Root)
	cmd.Dir = filepath.VolumeName(paths.Root) + string(filepath.Separator)
	cmd.Env = environment
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = ownSession()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the host: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return exited, nil
}

func openLog(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && info.Size() > maxLog {
		// Of starters at once one may find it moved; the log is there for all.
		_ = os.Rename(path, path+".1")
	}
	log, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the host's log: %w", err)
	}
	return log, nil
}

// lastLine returns the last line of a log that is not a hint, at most 400 bytes, without what a terminal could obey.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	tail := make([]byte, min(info.Size(), 4<<10))
	n, _ := f.ReadAt(tail, info.Size()-int64(len(tail)))
	lines := bytes.Split(bytes.TrimSpace(tail[:n]), []byte("\n"))
	for len(lines) > 1 && bytes.HasPrefix(lines[len(lines)-1], []byte("hint: ")) {
		lines = lines[:len(lines)-1]
	}
	line := lines[len(lines)-1]
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, string(line[:min(len(line), 400)]))
}
