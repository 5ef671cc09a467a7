//go:build unix

package home_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/home"
)

func TestFourStartersGiveOneHost(t *testing.T) {
	paths := find(t, shortDir(t))
	pids := make([]string, 4)
	var starters sync.WaitGroup
	for i := range pids {
		starters.Go(func() {
			out, err := exec.Command(program(t), "start", paths.Root).CombinedOutput()
			if err != nil {
				t.Errorf("a starter said %q, %v", out, err)
			}
			pids[i] = strings.TrimSpace(string(out))
		})
	}
	starters.Wait()
	// A host that comes late on a busy machine must not find the place of the one that is killed here.
	if err := os.WriteFile(filepath.Join(paths.Root, "over"), nil, 0o600); err != nil {
		t.Error(err)
	}
	if slices.Min(pids) != slices.Max(pids) {
		t.Fatalf("the hosts are %q; want one", pids)
	}
	host, err := strconv.Atoi(pids[0])
	if err != nil {
		t.Fatal(err)
	}
	kill(t, host)
}

func TestHostStartsInACleanWorld(t *testing.T) {
	paths := find(t, shortDir(t))
	t.Setenv("SSL_CERT_FILE", "/tmp/evil.pem")
	t.Setenv("DISPLAY", ":99")
	t.Setenv("HOME", t.TempDir())
	leaked := leakDescriptor(t)
	conn, err := home.DialOrStart(t.Context(), paths, program(t), cliHello)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	defer kill(t, conn.Peer.PID)

	text, err := os.ReadFile(filepath.Join(paths.Root, "world.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got world
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, variable := range got.Environ {
		name, value, _ := strings.Cut(variable, "=")
		if !slices.Contains([]string{"HOME", "USER", "LOGNAME", "PATH"}, name) || value == os.Getenv("HOME") {
			t.Errorf("the host has %q in its environment", variable)
		}
	}
	if got.Folder != "/" {
		t.Errorf("the host's folder is %q; want /", got.Folder)
	}
	if got.Session != got.PID || got.PID != conn.Peer.PID {
		t.Errorf("the host %d is in session %d; want its own", got.PID, got.Session)
	}
	if runtime.GOOS == "linux" {
		if slices.Contains(got.Descriptors, leaked) {
			t.Errorf("the host inherited %q", leaked)
		}
		if got.Descriptors[0] != os.DevNull || got.Descriptors[1] != paths.Log || got.Descriptors[2] != paths.Log {
			t.Errorf("the host's streams are %q; want nothing, the log, the log", got.Descriptors[:3])
		}
	}
}

func TestHostThatCannotStart(t *testing.T) {
	paths := find(t, shortDir(t))
	if err := os.WriteFile(filepath.Join(paths.Root, "fail"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// Where it waited for its whole time it would say that.
	_, err := home.DialOrStart(t.Context(), paths, program(t), cliHello)
	if err == nil || !strings.Contains(err.Error(), "the database is torn ?[31m") {
		t.Errorf("DialOrStart = %q; want the host's last line, harmless", err)
	}
}

func TestHostThatIsAboutToEnd(t *testing.T) {
	paths := find(t, shortDir(t))
	lock, err := os.OpenFile(filepath.Join(paths.Root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	// It holds the lock still when the first host is started, and no longer when a later one is.
	time.AfterFunc(100*time.Millisecond, func() { lock.Close() })
	conn, err := home.DialOrStart(t.Context(), paths, program(t), cliHello)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	kill(t, conn.Peer.PID)
}

func TestStartRefuses(t *testing.T) {
	paths := find(t, shortDir(t))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := home.DialOrStart(ended, paths, program(t), cliHello); !errors.Is(err, context.Canceled) {
		t.Errorf("DialOrStart after the end = %v; want context.Canceled", err)
	}
	if _, err := home.Start(t.Context(), paths, "gatehouse"); err == nil {
		t.Error("Start took a program without a folder")
	}
	if _, err := home.Start(t.Context(), paths, filepath.Join(paths.Root, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start = %v; want ErrNotExist", err)
	}
}

func TestLogIsPutAside(t *testing.T) {
	paths := find(t, shortDir(t))
	if err := os.WriteFile(paths.Log, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := home.DialOrStart(t.Context(), paths, program(t), cliHello)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	kill(t, conn.Peer.PID)
	for path, want := range map[string]bool{paths.Log: false, paths.Log + ".1": true} {
		if info, err := os.Stat(path); err != nil || (info.Size() > 1<<20) != want {
			t.Errorf("%s: %v, %v; want a large one: %v", path, info, err, want)
		}
	}
}

func TestInheritedConnection(t *testing.T) {
	cmd := exec.Command(program(t), "echo")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := home.Spawn(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	defer kill(t, grandchild)
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 5)
	if n, err := conn.Read(answer); string(answer[:n]) != "hello" {
		t.Errorf("the child answered %q, %v", answer[:n], err)
	}
	// The child ends, its own child lives on: the connection must not live on with it.
	if n, err := conn.Read(answer); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read = %d, %v after the child ended; want its end", n, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestInheritedNeedsAConnection(t *testing.T) {
	out, err := exec.Command(program(t), "echo").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "standard input is none") {
		t.Errorf("a child without a connection said %q, %v", out, err)
	}
}

func TestLoginTellsSessionsApart(t *testing.T) {
	paths, l := listen(t)
	login := func() string {
		cmd := exec.Command(program(t), "dial", paths.Socket)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if pid := conn.(*home.Conn).Peer.PID; pid != cmd.Process.Pid {
			t.Errorf("PID = %d; want %d", pid, cmd.Process.Pid)
		}
		return conn.(*home.Conn).Peer.Login
	}
	first, second := login(), login()
	if first == "" || first == second {
		t.Errorf("two sessions have the logins %q and %q", first, second)
	}
}

func TestOneSessionHasOneLogin(t *testing.T) {
	paths, l := listen(t)
	var logins []string
	for range 2 {
		client, err := home.Dial(t.Context(), paths, cliHello)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		logins = append(logins, conn.(*home.Conn).Peer.Login)
	}
	if logins[0] != logins[1] {
		t.Errorf("one process has the logins %q", logins)
	}
}

func TestAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act as another user")
	}
	const nobody = 65534
	t.Run("their folder is refused", func(t *testing.T) {
		dir := shortDir(t)
		chown(t, dir, nobody)
		_, err := home.Find(dir)
		wantRefusal(t, err, home.ErrNotOurs, "GATEHOUSE_HOME")
	})
	t.Run("their socket is not dialed and not removed", func(t *testing.T) {
		paths := find(t, shortDir(t))
		staleSocket(t, paths)
		chown(t, paths.Socket, nobody)
		_, err := home.Dial(t.Context(), paths, cliHello)
		wantRefusal(t, err, home.ErrNotOurs, "move it away")
		_, err = home.Listen(paths, hostHello)
		wantRefusal(t, err, home.ErrNotOurs, "move it away")
	})
	t.Run("they are sent away without a word", func(t *testing.T) {
		paths, l := listen(t)
		for path, mode := range map[string]os.FileMode{paths.Root: 0o711, paths.Socket: 0o777} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(copyProgram(t), "dial", paths.Socket)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		// A reset is as good an end as any.
		if out, _ := cmd.CombinedOutput(); strings.Contains(string(out), "gatehouse") || strings.Contains(string(out), "denied") {
			t.Errorf("another user was told %q", out)
		}
		go l.Close()
		if conn, err := l.Accept(); err == nil {
			t.Errorf("Accept = %v; want another user refused", conn)
		}
	})
}

func TestSomethingInTheSocketsPlace(t *testing.T) {
	paths := find(t, shortDir(t))
	if err := os.WriteFile(paths.Socket, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := home.Listen(paths, hostHello)
	wantRefusal(t, err, home.ErrNotOurs, "move it away")
	if text, _ := os.ReadFile(paths.Socket); string(text) != "precious" {
		t.Errorf("the file holds %q; want it untouched", text)
	}
}

func TestBuildsAreToldApart(t *testing.T) {
	dir := t.TempDir()
	compile := func(name, word string) string {
		source := filepath.Join(dir, name+".go")
		text := "package main\nfunc main() { println(`" + word + "`) }\n"
		if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, name)
		if text, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, source).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		digest, built, err := home.Build(out)
		if err != nil || time.Since(time.Unix(built, 0)) > time.Hour {
			t.Fatalf("Build = %d, %v; want the present", built, err)
		}
		return digest
	}
	if a, b := compile("a", "one"), compile("b", "two"); a == b {
		t.Errorf("two builds of one length are both %s", a)
	}
}

func BenchmarkDialAndGreet(b *testing.B) {
	paths, l := listen(b)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	for b.Loop() {
		conn, err := home.Dial(b.Context(), paths, cliHello)
		if err != nil {
			b.Fatal(err)
		}
		conn.Close()
	}
}

func BenchmarkProgram(b *testing.B) {
	for b.Loop() {
		if _, _, _, err := home.Program(); err != nil {
			b.Fatal(err)
		}
	}
}

func program(t testing.TB) string {
	t.Helper()
	path, _, _, err := home.Program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// copyProgram puts the test program where another user can run it.
func copyProgram(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(program(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := shortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// leakDescriptor leaves a descriptor open for children, as a careless starter does, and returns its file.
func leakDescriptor(t *testing.T) string {
	t.Helper()
	path := filepath.Join(shortDir(t), "leaked")
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	return path
}

func chown(t *testing.T, path string, uid int) {
	t.Helper()
	if err := os.Lchown(path, uid, uid); err != nil {
		t.Fatal(err)
	}
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if pid <= 1 {
		t.Fatalf("there is no process %d to end", pid)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("ending process %d: %v", pid, err)
	}
}
