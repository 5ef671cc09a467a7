// Package hostile is a corpus of guests that mean harm, for the tests of this folder and for what measures them. It
// holds their texts and what must become of each; it runs nothing, and no program that people get contains it.
//
// Every guest of Guests is polite when it is asked to be: with Polite as its input it answers [Answer] and does no
// harm. So a test sees that the worker in which a guest did its worst runs the next call of the same code unharmed.
package hostile

import (
	"fmt"
	"strings"
)

// Polite is the input for a guest that is to behave and Harm for one that is not; Answer is what a polite one says.
const (
	Polite = "hello"
	Harm   = "now"
	Answer = "hello"
)

// Guest is one way to do harm.
type Guest struct {
	// Name is a sentence's beginning, such as "a loop that only branches back".
	Name string
	// Ends are the ends that it may come to: the code of a limit, "trap", "exit", or "fine" where it ends by itself
	// because everything it tried was refused.
	Ends []string
	// memory and table are the module's; one page and no table by default.
	memory, table string
	// text is the rest of the module, with the function $attack.
	text string
}

// Wat is the guest's module in WebAssembly's own notation.
func (g Guest) Wat() string {
	memory := g.memory
	if memory == "" {
		memory = `(memory (export "memory") 1)`
	}
	return fmt.Sprintf(frame, strings.Join(imports(), "\n  "), memory, g.table, g.text)
}

// Guests returns the corpus: what computes, what uses tables and memory, what calls the host, and what traps.
func Guests() []Guest {
	var all []Guest
	for _, some := range [][]Guest{loops, calls, tables, memories, floods, traps} {
		all = append(all, some...)
	}
	return all
}

// frame is what every guest has: all imports, an input of one byte that decides, and politeness. The first 64 KiB of
// its memory are there for it: 0 to 1023 belong to the frame.
const frame = `(module
  %s
  %s
  %s
  (data (i32.const 64) "hello")
  (func $polite (result i32)
    (i32.store (i32.const 0) (i32.const 32))
    (i32.store (i32.const 4) (i32.const 1))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.eq (i32.load8_u (i32.const 32)) (i32.const 104)))
  (func $hello
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 5))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (if (call $polite) (then (call $hello)) (else (call $attack))))
  %s
)`

// functions are what guests import of WASI preview 1, with their parameters: i for 32 bits, I for 64.
var functions = []struct{ name, params string }{
	{"args_sizes_get", "ii"}, {"clock_time_get", "iIi"}, {"environ_get", "ii"}, {"fd_allocate", "iII"},
	{"fd_close", "i"}, {"fd_filestat_get", "ii"}, {"fd_prestat_get", "ii"}, {"fd_pread", "iiiIi"},
	{"fd_read", "iiii"}, {"fd_readdir", "iiiIi"}, {"fd_renumber", "ii"}, {"fd_seek", "iIii"},
	{"fd_write", "iiii"}, {"path_filestat_get", "iiiii"}, {"path_open", "iiiiiIIii"}, {"path_rename", "iiiiii"},
	{"poll_oneoff", "iiii"}, {"random_get", "ii"}, {"sched_yield", ""},
}

func imports() []string {
	var lines []string
	for _, f := range functions {
		var params strings.Builder
		for _, p := range f.params {
			params.WriteString(map[rune]string{'i': " i32", 'I': " i64"}[p])
		}
		lines = append(lines, fmt.Sprintf(`(import "wasi_snapshot_preview1" %q (func $%s (param%s) (result i32)))`, f.name, f.name, params.String()))
	}
	return append(lines, `(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))`)
}

// Harmless is a guest that has nothing but its politeness.
func Harmless() Guest {
	return Guest{Name: "a guest that does no harm", Ends: []string{"fine"}, text: `(func $attack)`}
}
