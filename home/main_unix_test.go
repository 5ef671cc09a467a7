//go:build unix

package home_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"gatehouse/home"
)

// TestMain makes the test program play the other processes, by its first argument.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		play, ok := parts[os.Args[1]]
		if !ok {
			// Running the tests here would start this part again, without an end.
			play = func([]string) error { return fmt.Errorf("there is no part %q", os.Args[1]) }
		}
		if err := play(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var parts = map[string]func(args []string) error{
	"host": playHost, "start": playStart, "dial": playDial, "echo": playEcho, "linger": playLinger,
}

// world is what a host sees around it.
type world struct {
	Environ, Descriptors []string
	Folder               string
	Session, PID         int
}

// playHost is a host with a file lock for the election. The file "fail" makes it end with an error; where the file
// "over" is there it does not become the host, though nobody holds the lock any longer.
func playHost(args []string) error {
	time.AfterFunc(time.Minute, func() { os.Exit(9) })
	root := args[1]
	if _, err := os.Stat(filepath.Join(root, "fail")); err == nil {
		return errors.New("one thing\nthe database is torn \x1b[31m\nhint: mend it")
	}
	lock, err := os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(root, "over")); err == nil {
		return nil
	}
	if err := writeWorld(root); err != nil {
		return err
	}
	paths, err := home.Find(root)
	if err != nil {
		return err
	}
	l, err := home.Listen(paths, hostHello)
	if err != nil {
		return err
	}
	for {
		if _, err := l.Accept(); err != nil {
			return err
		}
	}
}

// playStart dials the host of the folder args[0], starts one if it must, and prints the host's process.
func playStart(args []string) error {
	program, _, _, err := home.Program()
	if err != nil {
		return err
	}
	paths, err := home.Find(args[0])
	if err != nil {
		return err
	}
	conn, err := home.DialOrStart(context.Background(), paths, program, cliHello)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = fmt.Println(conn.Peer.PID)
	return err
}

func writeWorld(root string) error {
	w := world{Environ: os.Environ(), PID: os.Getpid()}
	w.Session, _ = unix.Getsid(0)
	w.Folder, _ = os.Getwd()
	for fd := range 64 {
		if target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil {
			w.Descriptors = append(w.Descriptors, target)
		}
	}
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "world.json"), text, 0o600)
}

// playDial connects to the socket without looking at its owner, and waits for the end.
func playDial(args []string) error {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: args[0]}); err != nil {
		return err
	}
	conn := os.NewFile(uintptr(fd), "socket")
	if _, err := io.WriteString(conn, `{"gatehouse":1,"role":"cli"}`+"\n"); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, conn)
	return err
}

// playEcho answers on its inherited connection, and leaves a child behind that was given standard input.
func playEcho([]string) error {
	conn, err := home.Inherited()
	if err != nil {
		return err
	}
	child := exec.Command(os.Args[0], "linger")
	child.Stdin = os.Stdin
	child.Stdout = os.Stdout
	if err := child.Start(); err != nil {
		return err
	}
	line := make([]byte, 5)
	if _, err := io.ReadFull(conn, line); err != nil {
		return err
	}
	_, err = conn.Write(line)
	return err
}

// playLinger stays until it is killed, or a minute.
func playLinger([]string) error {
	fmt.Println(os.Getpid())
	<-time.After(time.Minute)
	return nil
}
