package skill

import (
	"cmp"
	"strconv"
	"time"

	"gatehouse/permissions"
)

// Limits bounds one call of a skill. A zero field is absent and means the default, so the zero Limits is the default
// everywhere; a manifest that spells a zero is refused.
type Limits struct {
	// Memory is the guest's linear memory; Time its own running, where waiting for a person does not count.
	Memory Size `json:"memory,omitzero"`
	Time   Time `json:"time,omitzero"`
	// Stack is the guest's call stack; Output what it may write to standard output, and again to standard error.
	Stack  Size `json:"stack,omitzero"`
	Output Size `json:"output,omitzero"`
	// Fuel counts instructions; Requests what it may ask of the network, each with at most Payload each way.
	Fuel     uint64 `json:"fuel,omitzero"`
	Requests uint64 `json:"requests,omitzero"`
	Payload  Size   `json:"payload,omitzero"`
	// Files is how many it may hold open at once.
	Files uint64 `json:"files,omitzero"`
	// CPU is percent of one core; Concurrency how many calls of the skill may run at once.
	CPU         uint64 `json:"cpu,omitzero"`
	Concurrency uint64 `json:"concurrency,omitzero"`
}

// Defaults returns what an absent limit means.
func Defaults() Limits {
	return Limits{
		Memory: 128 * MiB, Time: Time(30 * time.Second), Stack: MiB, Output: MiB, Fuel: 500_000_000_000,
		Requests: 100, Payload: 10 * MiB, Files: 64, CPU: 100, Concurrency: 8,
	}
}

// Ceiling returns the most that a manifest may ask for, whoever agrees.
func Ceiling() Limits {
	return Limits{
		Memory: 4 * GiB, Time: Time(time.Hour), Stack: 64 * MiB, Output: 64 * MiB, Fuel: 100_000_000_000_000,
		Requests: 10_000, Payload: GiB, Files: 1024, CPU: 6400, Concurrency: 64,
	}
}

// Filled returns l with every absent limit replaced by its default.
func (l Limits) Filled() Limits {
	d := Defaults()
	return Limits{
		Memory: cmp.Or(l.Memory, d.Memory), Time: cmp.Or(l.Time, d.Time), Stack: cmp.Or(l.Stack, d.Stack),
		Output: cmp.Or(l.Output, d.Output), Fuel: cmp.Or(l.Fuel, d.Fuel), Requests: cmp.Or(l.Requests, d.Requests),
		Payload: cmp.Or(l.Payload, d.Payload), Files: cmp.Or(l.Files, d.Files), CPU: cmp.Or(l.CPU, d.CPU),
		Concurrency: cmp.Or(l.Concurrency, d.Concurrency),
	}
}

// Raised lists the limits above their default: a person confirms them together with the required lines.
func (l Limits) Raised() []permissions.Limit {
	var raised []permissions.Limit
	usual := Defaults().rows()
	for i, row := range l.rows() {
		if row.value > usual[i].value {
			raised = append(raised, permissions.Limit{Name: row.name, Value: row.text, Usual: usual[i].text})
		}
	}
	return raised
}

// holding returns every limit that holds.
func (l Limits) holding() []permissions.Limit {
	var all []permissions.Limit
	for _, row := range l.Filled().rows() {
		all = append(all, permissions.Limit{Name: row.name, Value: row.text, Amount: row.value})
	}
	return all
}

// Shown is one limit as a screen lists it, in the words of the manifest.
type Shown struct {
	Name, Value string
	// Default is set where the manifest leaves it as it usually is.
	Default bool
}

// List returns every limit that holds, filled in from the defaults.
func (l Limits) List() []Shown {
	var list []Shown
	usual := Defaults().rows()
	for i, row := range l.Filled().rows() {
		list = append(list, Shown{row.name, row.text, row.value == usual[i].value})
	}
	return list
}

// check refuses what is above the ceiling.
func (l Limits) check(place string) error {
	most := Ceiling().rows()
	for i, row := range l.rows() {
		if row.value > most[i].value {
			return invalid(place+"/"+row.name, "%s is more than any skill may have", row.text).
				hint("at most %s", most[i].text)
		}
	}
	return nil
}

type limitRow struct {
	name  string
	value uint64
	text  string
}

func (l Limits) rows() []limitRow {
	size := func(name string, s Size) limitRow { return limitRow{name, uint64(s), s.String()} }
	count := func(name string, n uint64) limitRow { return limitRow{name, n, strconv.FormatUint(n, 10)} }
	return []limitRow{
		size("memory", l.Memory), {"time", uint64(l.Time), l.Time.String()}, size("stack", l.Stack),
		size("output", l.Output), count("fuel", l.Fuel), count("requests", l.Requests), size("payload", l.Payload),
		count("files", l.Files), count("cpu", l.CPU), count("concurrency", l.Concurrency),
	}
}
