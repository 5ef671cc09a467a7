//go:build soak && linux

package hostile_test

import (
	"testing"
	"time"
)

func TestSoakRace(t *testing.T) { race(t, time.Hour) }
