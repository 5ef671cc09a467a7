package worker_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/powers"
	"gatehouse/worker"
)

func benchmarkCalls(b *testing.B, wasm []byte, o guesttest.Order) {
	p, files := pool(b, nil), guesttest.NewFiles(map[string]string{"/workspace/a": "content"})
	run := func() {
		if _, err := p.Run(b.Context(), task(wasm, o), with(files)); err != nil {
			b.Fatal(err)
		}
	}
	run()
	for b.Loop() {
		run()
	}
}

// A warm call of a module that does nothing is the price of the boundary and of an instance.
func BenchmarkWarmCallOfNothing(b *testing.B) {
	benchmarkCalls(b, guesttest.Module{}.Bytes(), guesttest.Order{})
}

// A warm call of a Go program adds its runtime's start.
func BenchmarkWarmCallOfGo(b *testing.B) {
	benchmarkCalls(b, guest(b), guesttest.Order{Do: "echo", Text: "hello"})
}

func BenchmarkWarmCallOfGoThatReadsAFile(b *testing.B) {
	benchmarkCalls(b, guest(b), guesttest.Order{Do: "read", Path: "a"})
}

// Start to first reply, with the code in the cache.
func BenchmarkWorkerStart(b *testing.B) {
	wasm := guesttest.Module{}.Bytes()
	for b.Loop() {
		p := pool(b, nil)
		if _, err := p.Run(b.Context(), task(wasm, guesttest.Order{}), powers.Set{}); err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
}

// One request of the guest to a power and its answer, read in one long call.
func BenchmarkPower(b *testing.B) {
	for _, size := range []int{64, 4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			p := pool(b, nil)
			files := guesttest.NewFiles(map[string]string{"/workspace/a": strings.Repeat("x", size)})
			round := func(n int) worker.Result {
				result, err := p.Run(b.Context(), task(guest(b), guesttest.Order{Do: "pieces", Path: "a", Text: fmt.Sprint(size), N: n}), with(files))
				if err != nil {
					b.Fatal(err)
				}
				return result
			}
			round(1)
			b.SetBytes(int64(size))
			b.ResetTimer()
			result := round(b.N)
			b.ReportMetric(float64(result.Usage.Requests)/float64(b.N), "requests/op")
		})
	}
}
