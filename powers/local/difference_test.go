package local_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"gatehouse/permissions"
	"gatehouse/powers/local"
)

// drawn is a difference as one may read it: @old,new, then the lines behind their signs.
func drawn(d permissions.Difference) string {
	var b strings.Builder
	for _, h := range d.Hunks {
		fmt.Fprintf(&b, "@%d,%d|", h.Old, h.New)
		for _, l := range h.Lines {
			b.WriteString(map[permissions.LineKind]string{permissions.SameLine: " ", permissions.AddedLine: "+", permissions.RemovedLine: "-"}[l.Kind])
			b.WriteString(l.Text + "|")
		}
	}
	return b.String()
}

func TestDifference(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		name, before, after, want string
		added, removed            int
	}{
		{"a new file", "", "one\ntwo\n", "@1,1|+one|+two|", 2, 0},
		{"an emptied file", "one\ntwo\n", "", "@1,1|-one|-two|", 0, 2},
		{"a new empty file", "", "", "", 0, 0},
		{"one line of many", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "@2,2| 2| 3| 4|-5|+five| 6| 7| 8|", 1, 1},
		{"two changes far apart", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n", "@1,1|-1|+one| 2| 3| 4|@6,6| 6| 7| 8|-9|+nine|", 2, 2},
		{"two changes near each other", "1\n2\n3\n4\n5\n", "one\n2\n3\n4\nfive\n", "@1,1|-1|+one| 2| 3| 4|-5|+five|", 2, 2},
		{"a line in between", "1\n2\n", "1\nnew\n2\n", "@1,1| 1|+new| 2|", 1, 0},
		{"an appended line", "1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n", "@3,3| 3| 4| 5|+6|", 1, 0},
		{"a repeated line", "a\na\n", "a\na\na\n", "@1,1| a| a|+a|", 1, 0},
		{"two lines that become one", "a\nb", "ab", "@1,1|-a|-b|+ab|", 1, 2},
		{"a line end at the end", "a", "a\n", "@1,1|-a|+a|", 1, 1},
		{"line ends of Windows", "a\r\nb\r\n", "a\nb\n", "@1,1|-a\r|-b\r|+a|+b|", 2, 2},
		{"text that looks like a difference", "@@ -1 +1 @@\n-a\n", "@@ -1 +1 @@\n+a\n", "@1,1| @@ -1 +1 @@|--a|++a|", 1, 1},
		{"control characters", "a\n", "\x1b[31ma\u202e\n", "@1,1|-a|+\x1b[31ma\u202e|", 1, 1},
		{"a line of a megabyte", "a\n", long + "\n", "@1,1|-a|+" + long[:2000] + "… (1048576 bytes)|", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := local.Difference([]byte(c.before), []byte(c.after))
			if err != nil || drawn(d) != c.want || d.Added != c.added || d.Removed != c.removed || d.Binary ||
				d.Before != int64(len(c.before)) || d.After != int64(len(c.after)) {
				t.Errorf("difference = %+.200v, %v\n got %.300q\nwant %.300q, %d added, %d removed", d, err, drawn(d), c.want, c.added, c.removed)
			}
		})
	}
}

func TestDifferenceOfWhatIsNoText(t *testing.T) {
	for name, c := range map[string][2]string{
		"a NUL at the beginning": {"a\n", "\x00\n"}, "not UTF-8": {"caf\xe9\n", "cafe\n"},
		"a NUL far from the change": {"\x89PNG\x00" + strings.Repeat("x\n", 5000) + "a\n", "\x89PNG\x00" + strings.Repeat("x\n", 5000) + "b\n"},
	} {
		if d, err := local.Difference([]byte(c[0]), []byte(c[1])); err != nil || !d.Binary || d.Hunks != nil || d.Before != int64(len(c[0])) {
			t.Errorf("%s: %+v, %v; want sizes alone", name, d, err)
		}
	}
}

// TestDifferenceIsBounded shows large changes in part and says so.
func TestDifferenceIsBounded(t *testing.T) {
	numbered := func(format string, n int) []byte {
		var b bytes.Buffer
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		before, after  []byte
		added, removed int
	}{
		"many new lines":                   {nil, numbered("line %d\n", 1000), 1000, 0},
		"few but long new lines":           {nil, numbered(strings.Repeat("y", 1999)+"%d\n", 100), 100, 0},
		"nothing in common, and much":      {numbered("old %d\n", 20000), numbered("new %d\n", 30000), 30000, 20000},
		"more than is compared":            {numbered("old %060d\n", 40000), numbered("new %060d\n", 50000), 50000, 40000},
		"nothing but line ends":            {bytes.Repeat([]byte("\n"), 4<<20), append(bytes.Repeat([]byte("\n"), 3<<20), 'x'), 1, 1 << 20},
		"more than is compared, in a file": {slices.Concat(numbered("same %d\n", 9), numbered("old %060d\n", 40000), numbered("same %d\n", 9)), slices.Concat(numbered("same %d\n", 9), numbered("new %060d\n", 40000), numbered("same %d\n", 9)), 40000, 40000},
	} {
		d, err := local.Difference(c.before, c.after)
		shown, text := 0, 0
		for _, h := range d.Hunks {
			for _, l := range h.Lines {
				shown, text = shown+1, text+len(l.Text)
			}
		}
		if err != nil || !d.Cut || shown == 0 || shown > 400 || text > 64<<10 || d.Added != c.added || d.Removed != c.removed {
			t.Errorf("%s: %d lines of %d bytes shown, cut %v, +%d -%d, %v; want a part of +%d -%d", name, shown, text, d.Cut, d.Added, d.Removed, err, c.added, c.removed)
		}
	}
}

// TestDifferenceTurnsOneIntoTheOther applies what is shown to what stood there.
func TestDifferenceTurnsOneIntoTheOther(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for n := range 3000 {
		text := func() []string {
			lines := make([]string, r.Intn(12))
			for i := range lines {
				lines[i] = string(rune('a' + r.Intn(4)))
			}
			return lines
		}
		before, after := text(), text()
		if r.Intn(2) == 0 {
			at := r.Intn(len(before) + 1)
			after = slices.Concat(before[:at], after, before[at:])
		}
		joined := func(lines []string) []byte {
			if len(lines) == 0 {
				return nil
			}
			return []byte(strings.Join(lines, "\n") + "\n")
		}
		d, err := local.Difference(joined(before), joined(after))
		if err != nil || d.Cut {
			t.Fatal(d, err)
		}
		got, at := []string{}, 0
		for _, h := range d.Hunks {
			got = append(got, before[at:h.Old-1]...)
			if at = h.Old - 1; len(got) != h.New-1 {
				t.Fatalf("%d: %q to %q: a hunk begins at new line %d; want %d", n, before, after, h.New, len(got)+1)
			}
			for _, l := range h.Lines {
				if l.Kind != permissions.AddedLine {
					if before[at] != l.Text {
						t.Fatalf("%d: %q to %q: line %d is shown as %q", n, before, after, at+1, l.Text)
					}
					at++
				}
				if l.Kind != permissions.RemovedLine {
					got = append(got, l.Text)
				}
			}
		}
		if got = append(got, before[at:]...); !slices.Equal(got, after) {
			t.Fatalf("%d: %q with %s is %q; want %q", n, before, drawn(d), got, after)
		}
	}
}
