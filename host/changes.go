package host

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Topic names one thing that a screen shows.
type Topic string

// The topics.
const (
	TopicInbox     Topic = "inbox"
	TopicSkills    Topic = "skills"
	TopicDecisions Topic = "decisions"
	TopicPolicies  Topic = "policies"
	TopicClients   Topic = "clients"
	TopicCalls     Topic = "calls"
	TopicStatus    Topic = "status"
)

// topics are all of them, in the order of the sidebar.
var topics = []Topic{TopicInbox, TopicSkills, TopicDecisions, TopicPolicies, TopicClients, TopicCalls, TopicStatus}

// Changes tells screens what to read again. It keeps no content, only when each topic last changed, so that nothing
// is lost when a screen listens late.
type Changes struct {
	mu   sync.Mutex
	n    uint64
	last map[Topic]uint64
	wake chan struct{}
}

// NewChanges counts from the present moment in milliseconds, so that a count of an earlier host is older than any of
// this one and a screen that outlived its host reads everything again.
func NewChanges() *Changes {
	c := &Changes{n: uint64(time.Now().UnixMilli()), last: map[Topic]uint64{}, wake: make(chan struct{})}
	for _, t := range topics {
		c.last[t] = c.n
	}
	return c
}

// Touch says that topics changed. It never blocks.
func (c *Changes) Touch(changed ...Topic) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	for _, t := range changed {
		c.last[t] = c.n
	}
	close(c.wake)
	c.wake = make(chan struct{})
}

// Wait blocks until something changed after the count n, or ctx ends, and returns the new count and the topics. A
// count that this host never gave out, such as 0, gets every topic at once.
func (c *Changes) Wait(ctx context.Context, n uint64) (uint64, []Topic) {
	for {
		count, changed, wake := c.since(n)
		if len(changed) > 0 {
			return count, changed
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return count, []Topic{}
		}
	}
}

func (c *Changes) since(n uint64) (uint64, []Topic, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > c.n {
		n = 0
	}
	changed := slices.DeleteFunc(slices.Clone(topics), func(t Topic) bool { return c.last[t] <= n })
	return c.n, changed, c.wake
}
