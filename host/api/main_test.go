package api_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"gatehouse/worker"
)

// TestMain makes the test program play a worker, which it is started as by its one argument.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		conn, err := worker.Inherited()
		if err == nil {
			err = worker.Serve(context.Background(), conn)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
