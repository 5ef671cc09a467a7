package sandbox_test

import (
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox"
)

func benchmarkRun(b *testing.B, wasm []byte, c sandbox.Call) {
	m := compile(b, wasm)
	c.Limits = generous
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Run(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRunNothing(b *testing.B) {
	benchmarkRun(b, guesttest.Module{}.Bytes(), sandbox.Call{})
}

func BenchmarkRunGo(b *testing.B) {
	benchmarkRun(b, guesttest.Go(b), sandbox.Call{Stdin: guesttest.Order{Do: "echo", Text: "hello"}.Stdin()})
}
