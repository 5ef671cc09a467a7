package local

// mostSteps bounds what comparing costs: a skill can write two files that have nothing in common but their lines' order.
const mostSteps = 1 << 22

// edit replaces the lines old to oldEnd by now to nowEnd.
type edit struct{ old, oldEnd, now, nowEnd int }

// compare returns the edits that turn old into now, the first one first. They are the shortest possible (Myers, "An
// O(ND) Difference Algorithm and Its Variations"), or one for everything where finding those takes too long.
func compare(old, now []string) []edit {
	a, b := number(old, now)
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	a, b = a[start:len(a)-end], b[start:len(b)-end]
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	same, found := matches(a, b)
	if !found {
		return []edit{{start, start + len(a), start, start + len(b)}}
	}
	var edits []edit
	x, y := 0, 0
	for _, m := range append(same, [2]int{len(a), len(b)}) {
		if m[0] > x || m[1] > y {
			edits = append(edits, edit{start + x, start + m[0], start + y, start + m[1]})
		}
		x, y = m[0]+1, m[1]+1
	}
	return edits
}

// number gives equal lines equal numbers.
func number(old, now []string) (a, b []int32) {
	numbers := map[string]int32{}
	of := func(lines []string) []int32 {
		list := make([]int32, len(lines))
		for i, l := range lines {
			n, known := numbers[l]
			if !known {
				n = int32(len(numbers))
				numbers[l] = n
			}
			list[i] = n
		}
		return list
	}
	return of(old), of(now)
}

// matches returns the pairs of lines that stay, in order. It gives up after mostSteps.
func matches(a, b []int32) (pairs [][2]int, found bool) {
	var rounds [][]int32 // for every number of edits, how far each diagonal reached before them
	reach := []int32{0}  // for the diagonals -d to d
	steps := 0
	for d := 0; ; d++ {
		rounds = append(rounds, reach)
		next := make([]int32, 2*d+3)
		for k := -d; k <= d; k += 2 {
			x := int(startOf(reach, d, k))
			y := x - k
			for x < len(a) && y < len(b) && a[x] == b[y] {
				x, y, steps = x+1, y+1, steps+1
			}
			next[k+d+1] = int32(x)
			if x >= len(a) && y >= len(b) {
				return trace(rounds, len(a), len(b)), true
			}
		}
		if steps += 2*d + 3; steps > mostSteps {
			return nil, false
		}
		reach = next
	}
}

// startOf is where the path with d edits enters diagonal k. reach holds the ends of those with d-1 edits, for the
// diagonals -d to d.
func startOf(reach []int32, d, k int) int32 {
	at := func(k int) int32 { return reach[k+d] }
	switch {
	case d == 0:
		return 0
	case k == -d || k != d && at(k-1) < at(k+1):
		return at(k + 1)
	}
	return at(k-1) + 1
}

// trace walks the path back that reached the end.
func trace(rounds [][]int32, x, y int) (pairs [][2]int) {
	for d := len(rounds) - 1; d >= 0; d-- {
		k := x - y
		start := int(startOf(rounds[d], d, k))
		for x > start {
			x, y = x-1, y-1
			pairs = append(pairs, [2]int{x, y})
		}
		if d == 0 {
			break
		}
		if k == -d || k != d && rounds[d][k-1+d] < rounds[d][k+1+d] {
			y-- // the line of b was added
		} else {
			x--
		}
	}
	for i, j := 0, len(pairs)-1; i < j; i, j = i+1, j-1 {
		pairs[i], pairs[j] = pairs[j], pairs[i]
	}
	return pairs
}
