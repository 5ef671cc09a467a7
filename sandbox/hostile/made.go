package hostile

import (
	"fmt"
	"strings"
)

// chain is n functions of which each calls the next one twice.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "(func $f%d (call $f%d) (call $f%d))\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "(func $f%d)\n(func $attack (call $f0))", n)
	return b.String()
}

func local(n int) string { return "(local" + strings.Repeat(" i64", n) + ")" }

// sum puts n values on the stack, calls itself, and adds them all.
func sum(n int) string {
	return strings.Repeat("(i64.const 1) ", n) + "(call $deep) " + strings.Repeat("(i64.add) ", n)
}

func names(name string, n int) string { return strings.Repeat(name+" ", n) }

func repeat(text string, n int) string { return strings.Repeat(text, n) }
