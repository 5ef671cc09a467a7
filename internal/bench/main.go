// Command bench measures Gatehouse as a whole, through its real programs, and prints a table. `make bench` runs it.
//
// The rows of one table are measured in turns, a few measurements each, until every row has had all its rounds: what
// else the machine does meanwhile meets all of them. It prints figures and judges none: where a goal is missed it says
// so and ends well all the same. It builds a guest and a native program for comparison, so it needs the Go toolchain.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

func main() {
	program := flag.String("program", "bin/gatehouse", "the console program")
	rounds := flag.Int("rounds", 30, "how often each row has its turn")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, *program, *rounds); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, program string, rounds int) error {
	fmt.Printf("%s, %s on %s/%s, %d processors, %d rounds, %s\n\n", time.Now().Format("2 January 2006, 15:04"),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds, load())
	m, err := newMachine(program)
	if err != nil {
		return err
	}
	defer m.close()
	var all []*row
	for _, group := range []func(*machine) ([]*row, error){checks, calls, agents, starts, roundTrips} {
		rows, err := group(m)
		if err != nil {
			return err
		}
		all = append(all, rows...)
	}
	if err := measure(ctx, rounds, all); err != nil {
		return err
	}
	write(os.Stdout, all)
	if err := crowd(ctx, m); err != nil {
		return err
	}
	if err := windows(ctx, program, max(rounds/3, 1)); err != nil {
		return err
	}
	fmt.Printf("\n%s at the end\n", load())
	return nil
}

// load is how many programs wanted a processor in the last minute, by the system's word.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "load unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return "load " + minute
}
