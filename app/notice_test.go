package app_test

import (
	"errors"
	"slices"
	"testing"

	"gatehouse/app"
)

// diary is a System that writes down what it was told, and fails at all of it.
type diary []string

func (d *diary) Show(n app.Notice) error {
	*d = append(*d, "show "+n.ID)
	return errors.New("no")
}

func (d *diary) TakeBack(id string) error {
	*d = append(*d, "take back "+id)
	return errors.New("no")
}

func TestANoticeIsShownOnceAndTakenBack(t *testing.T) {
	told := &diary{}
	notices := &app.Notices{System: told}
	one, two := &app.Notice{ID: "one"}, &app.Notice{ID: "two"}
	for _, v := range []app.View{
		{Visible: false},
		{Visible: true, Notice: one},
		{Visible: true, Notice: one, Title: "(2) Gatehouse asks"},
		{Visible: true, Notice: one, Raise: true},
		{Visible: true},
		{Visible: true},
		{Visible: true, Notice: one},
		{Visible: true, Notice: two},
		{Visible: false, Notice: two},
	} {
		notices.Follow(v)
	}
	want := []string{"show one", "take back one", "show one", "take back one", "show two", "take back two"}
	if !slices.Equal(*told, want) {
		t.Errorf("the system was told %q, want %q", *told, want)
	}
}
