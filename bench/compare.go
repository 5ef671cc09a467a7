package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// compare prints how long each kernel takes in each engine.
func compare(ctx context.Context, packages, only string, rounds int) error {
	runtime.LockOSThread() // for processor
	defer runtime.UnlockOSThread()
	all, err := kernels(packages)
	if err != nil {
		return err
	}
	engines, err := engines(ctx)
	if err != nil {
		return err
	}
	fmt.Println("| kernel | engine | median | x plain | goal |")
	fmt.Println("| --- | --- | ---: | ---: | --- |")
	for _, k := range all {
		if only != "" && only != k.name {
			continue
		}
		if err := compareOne(ctx, k, engines, rounds); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
	}
	return nil
}

// engines are those that are compared. The first of each runtime is plain: its ratios are to that.
func engines(ctx context.Context) ([]engine, error) {
	plain, err := newWazero(ctx, "wazero", false, false)
	if err != nil {
		return nil, err
	}
	metered, err := newWazero(ctx, "wazero, metered by Gatehouse", true, false)
	if err != nil {
		return nil, err
	}
	closing, err := newWazero(ctx, "wazero, WithCloseOnContextDone", false, true)
	if err != nil {
		return nil, err
	}
	return []engine{plain, metered, closing, newWasmtime("wasmtime", false), newWasmtime("wasmtime, fuel", true)}, nil
}

const firstWasmtime = 3

func compareOne(ctx context.Context, k kernel, engines []engine, rounds int) error {
	programs := make([]program, len(engines))
	for n, e := range engines {
		var err error
		if programs[n], err = e.compile(ctx, k.wasm); err != nil {
			return fmt.Errorf("%s: %w", e.name(), err)
		}
	}
	took := make([][]time.Duration, len(engines))
	var want uint64
	for round := range rounds + 1 {
		for n := range engines {
			if round%2 == 1 {
				n = len(engines) - 1 - n
			}
			t, result, err := k.run(ctx, programs[n])
			if err != nil {
				return fmt.Errorf("%s: %w", engines[n].name(), err)
			}
			if round == 0 && n == 0 {
				want = result
			}
			if result != want {
				return fmt.Errorf("%s: the result is %d; want %d", engines[n].name(), result, want)
			}
			if round > 0 { // the first does not count
				took[n] = append(took[n], t)
			}
		}
	}
	if fuels := programs[1].(*wazeroProgram).fuels; slices.Min(fuels) != slices.Max(fuels) {
		return fmt.Errorf("equal runs used %d units of fuel", fuels)
	}
	for n, e := range engines {
		base := 0
		if n >= firstWasmtime {
			base = firstWasmtime
		}
		ratio, goal := float64(median(took[n]))/float64(median(took[base])), ""
		if n == 1 {
			goal = fmt.Sprintf("%.2f: %s", k.goal, met(ratio <= k.goal))
		}
		fmt.Printf("| %s | %s | %s | %.2f | %s |\n", k.name, e.name(), median(took[n]).Round(100*time.Microsecond), ratio, goal)
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "**missed**"
}
