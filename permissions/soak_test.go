//go:build soak

package permissions_test

import "testing"

func TestSoakOracle(t *testing.T) { agree(t, 10_000_000, 20261120) }

func TestSoakSchedules(t *testing.T) { schedules(t, 100_000) }
