package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// row is one thing that is measured.
type row struct {
	name string
	// times is how often it is measured in a round; 1 where it is not set.
	times int
	// goal is for the median, tail for the 99th percentile; zero is none.
	goal, tail time.Duration
	// than is the row that this one is compared with; nil is none.
	than *row
	// once measures once, and may return more than one figure where one run has many.
	once func(ctx context.Context) ([]time.Duration, error)

	took []time.Duration // sorted once all is measured
}

// timed makes a once of what is measured from its beginning to its end.
func timed(f func(context.Context) error) func(context.Context) ([]time.Duration, error) {
	return func(ctx context.Context) ([]time.Duration, error) {
		began := time.Now()
		err := f(ctx)
		return []time.Duration{time.Since(began)}, err
	}
}

// measure gives every row its turn, rounds times, after one that does not count. Every second round goes backwards, so
// that no row always follows the same one.
func measure(ctx context.Context, rounds int, rows []*row) error {
	for _, r := range rows {
		if err := r.turn(ctx); err != nil {
			return err
		}
		r.took = nil
	}
	order := slices.Clone(rows)
	for range rounds {
		for _, r := range order {
			if err := r.turn(ctx); err != nil {
				return err
			}
		}
		slices.Reverse(order)
	}
	for _, r := range rows {
		slices.Sort(r.took)
	}
	return nil
}

func (r *row) turn(ctx context.Context) error {
	for range max(r.times, 1) {
		took, err := r.once(ctx)
		if err != nil {
			return fmt.Errorf("measuring %q: %w", r.name, err)
		}
		r.took = append(r.took, took...)
	}
	return nil
}

func (r *row) median() time.Duration { return r.at(50) }

// at is a percentile.
func (r *row) at(percent int) time.Duration {
	return r.took[min(len(r.took)*percent/100, len(r.took)-1)]
}

// enough is how many figures a 99th percentile needs to be one.
const enough = 100
