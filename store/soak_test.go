//go:build soak

package store_test

import "testing"

func TestSoakKilledWriter(t *testing.T) { killWriters(t, 100_000) }
