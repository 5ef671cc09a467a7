package api_test

import (
	"os"
	"testing"

	"gatehouse/internal/guesttest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	guesttest.Cleanup()
	os.Exit(code)
}
