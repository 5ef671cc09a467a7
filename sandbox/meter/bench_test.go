package meter_test

import (
	"testing"

	"gatehouse/internal/guesttest"
	"gatehouse/sandbox/meter"
)

func BenchmarkRewriteGo(b *testing.B) {
	wasm := guesttest.Go(b)
	b.SetBytes(int64(len(wasm)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := meter.Rewrite(wasm); err != nil {
			b.Fatal(err)
		}
	}
}
