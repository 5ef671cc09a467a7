package host_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/host"
)

func TestChangesReachWhoeverListensLate(t *testing.T) {
	c := host.NewChanges()
	n, all := c.Wait(t.Context(), 0)
	if len(all) != 7 {
		t.Errorf("a new listener is told of %v; want every topic", all)
	}
	c.Touch(host.TopicInbox)
	c.Touch(host.TopicCalls, host.TopicInbox)
	m, changed := c.Wait(t.Context(), n)
	if !slices.Equal(changed, []host.Topic{host.TopicInbox, host.TopicCalls}) {
		t.Errorf("what changed meanwhile is %v; want inbox and calls, each once", changed)
	}
	if _, all := c.Wait(t.Context(), m+1000); len(all) != 7 {
		t.Errorf("with a count that was never given out: %v; want every topic", all)
	}
}

func TestChangesWakeAllWhoWaitAndEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := host.NewChanges()
		n, _ := c.Wait(t.Context(), 0)
		woken := make(chan []host.Topic, 3)
		for range 3 {
			go func() {
				_, changed := c.Wait(t.Context(), n)
				woken <- changed
			}()
		}
		synctest.Wait()
		if len(woken) != 0 {
			t.Fatal("somebody was woken by nothing")
		}
		c.Touch(host.TopicSkills)
		for range 3 {
			if changed := <-woken; !slices.Equal(changed, []host.Topic{host.TopicSkills}) {
				t.Errorf("woken with %v; want skills", changed)
			}
		}
		n, _ = c.Wait(t.Context(), n)
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		began := time.Now()
		if m, changed := c.Wait(ctx, n); m != n || len(changed) != 0 || changed == nil || time.Since(began) != 25*time.Second {
			t.Errorf("with nothing new: %d, %v after %v; want %d and an empty list after 25s", m, changed, time.Since(began), n)
		}
	})
}
