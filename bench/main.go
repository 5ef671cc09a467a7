// Command bench compares: guests that can be stopped, by Gatehouse's meter and by what others do for it, and what hostile
// guests come to. `make bench` runs it. It prints tables and judges nothing: a goal that is missed is said.
//
// Its rows are measured in turns, so that what else the machine does meets all of them, and ratios count rather than
// times. It is a module of its own, with what Gatehouse does not need: wasmtime, which takes cgo, and two interpreters.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
)

func main() {
	program := flag.String("program", "../bin/gatehouse", "the console program")
	packages := flag.String("packages", "node_modules", "the folder of npm's packages")
	rounds := flag.Int("rounds", 7, "how often each row has its turn")
	only := flag.String("only", "", "compare or hostile")
	kernel := flag.String("kernel", "", "the one kernel to compare with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Printf("%s on %s/%s, %d processors, %d rounds, %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *rounds, load())
	parts := []struct {
		name string
		do   func() error
	}{
		{"compare", func() error { return compare(ctx, *packages, *kernel, *rounds) }},
		{"hostile", func() error { return attack(ctx, *program, *rounds) }},
	}
	for _, p := range parts {
		if *only != "" && *only != p.name {
			continue
		}
		if err := p.do(); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %v\n", err)
			os.Exit(1)
		}
	}
	fmt.Printf("\n%s at the end\n", load())
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
