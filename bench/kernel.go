package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// kernel is something to compute.
type kernel struct {
	name string
	wasm []byte
	// goal is the most that the metered guest should take, times the plain one.
	goal float64
	// run begins an instance of p, computes, and returns how long computing took and what came of it, which is the same
	// in every engine.
	run func(ctx context.Context, p program) (took time.Duration, result uint64, err error)
}

//go:embed guests/kernels.c
var kernelSource []byte

// kernels builds and finds what is run. The interpreters are packages of npm, in folder.
func kernels(folder string) ([]kernel, error) {
	compiled, err := compileC(kernelSource)
	if err != nil {
		return nil, err
	}
	quickjs, err := os.ReadFile(filepath.Join(folder, "quickjs-wasi", "quickjs.wasm"))
	if err != nil {
		return nil, err
	}
	python, err := os.ReadFile(filepath.Join(folder, "@antonz", "python-wasi", "dist", "python.wasm"))
	if err != nil {
		return nil, err
	}
	return []kernel{
		{"xorshift", compiled, 1.6, function("xorshift", 50_000_000)},
		{"fib", compiled, 1.6, function("fib", 37)},
		{"sieve", compiled, 1.6, function("sieve", 20)},
		{"QuickJS", quickjs, 1.25, script},
		{"CPython", python, 1.25, pythonScript},
	}, nil
}

func compileC(source []byte) ([]byte, error) {
	folder, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	in, out := filepath.Join(folder, "guest.c"), filepath.Join(folder, "guest.wasm")
	if err := os.WriteFile(in, source, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("clang", "--target=wasm32", "-O2", "-fno-builtin", "-nostdlib", "-Wl,--no-entry", "-o", out, in)
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling with clang: %w: %s", err, said)
	}
	return os.ReadFile(out)
}

// function calls one function once.
func function(name string, n uint32) func(context.Context, program) (time.Duration, uint64, error) {
	return func(ctx context.Context, p program) (time.Duration, uint64, error) {
		i, err := p.begin(ctx, nil)
		if err != nil {
			return 0, 0, err
		}
		defer i.close()
		began := processor()
		result, err := i.call(name, n)
		return processor() - began, result, err
	}
}

// javascript is what QuickJS evaluates: calls, arrays, strings, objects, a regular expression.
const javascript = `
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
let sum = fib(22), words = [];
for (let i = 0; i < 20000; i++) words.push("word" + (i * 7919 % 20000));
words.sort();
const seen = new Map();
for (const w of words) seen.set(w.length, (seen.get(w.length) || 0) + 1);
for (const [k, v] of seen) sum += k * v;
sum += words.filter(w => /7.*1/.test(w)).length + JSON.stringify(words).length;
sum`

// script evaluates javascript. The time is that of evaluating: beginning an engine is not what is compared.
func script(ctx context.Context, p program) (time.Duration, uint64, error) {
	i, err := p.begin(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	defer i.close()
	text, name := []byte(javascript), []byte("bench\x00")
	_, err = i.call("_initialize")
	_, initErr := i.call("qjs_init")
	at, mallocErr := i.call("wasm_malloc", uint32(len(text)+1+len(name)))
	if err := errors.Join(err, initErr, mallocErr); err != nil {
		return 0, 0, err
	}
	named := uint32(at) + uint32(len(text)) + 1
	if err := errors.Join(i.write(uint32(at), append(text, 0)), i.write(named, name)); err != nil {
		return 0, 0, err
	}
	began := processor()
	value, err := i.call("qjs_eval", uint32(at), uint32(len(text)), named, 0)
	took := processor() - began
	if err != nil {
		return 0, 0, err
	}
	if failed, _ := i.call("qjs_is_exception", uint32(value)); uint32(failed) != 0 {
		return 0, 0, errors.New("the script threw an exception")
	}
	bits, err := i.call("qjs_get_float64", uint32(value))
	return took, uint64(math.Float64frombits(bits)), err
}

// python is what CPython runs, from its own start on.
const python = `
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
words = sorted("word%d" % (i * 7919 % 20000) for i in range(20000))
seen = {}
for w in words: seen[len(w)] = seen.get(len(w), 0) + 1
assert fib(18) + sum(k * v for k, v in seen.items()) == 2584 + 168890, (fib(18), seen)
`

func pythonScript(ctx context.Context, p program) (time.Duration, uint64, error) {
	i, err := p.begin(ctx, []string{"python", "-I", "-S", "-c", python})
	if err != nil {
		return 0, 0, err
	}
	defer i.close()
	began := processor()
	_, err = i.call("_start")
	took := processor() - began
	var ended exit
	if errors.As(err, &ended) && ended == 0 {
		err = nil
	}
	return took, 0, err
}
