package host_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatehouse/home"
	"gatehouse/internal/guesttest"
)

// cache spares compiling the guest for every test.
var cache string

// TestMain makes the test program play ask, which it is started as by its one argument.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "--ask" {
		if err := playAsk(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	cache, _ = os.MkdirTemp("", "host")
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(cache)
		guesttest.Cleanup()
		os.Exit(code)
	}))
}

// playAsk tells what it was started with and goes when its connection ends; its display says if it does otherwise.
func playAsk() error {
	conn, err := home.Inherited()
	if err != nil {
		return err
	}
	in := bufio.NewReader(conn)
	hello, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	switch os.Getenv("DISPLAY") {
	case ":broken":
		return fmt.Errorf("no display %q", ":broken")
	case ":deaf":
		fmt.Fprintln(conn, hello)
		<-time.After(time.Minute)
	}
	folder, _ := os.Getwd()
	fmt.Fprintf(conn, "%s\t%s\t%s\n", strings.TrimSpace(hello), folder, strings.Join(os.Environ(), " "))
	_, err = io.Copy(io.Discard, in)
	return err
}
