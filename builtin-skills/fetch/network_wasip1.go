package main

import (
	"io"

	"gatehouse/guest"
)

// network sends through the host. It blocks while a person is asked.
func network(r guest.Request) (guest.Response, io.ReadCloser, error) {
	e, err := guest.Open(r)
	if err != nil {
		return guest.Response{}, nil, err
	}
	head, err := e.Finish()
	if err != nil {
		e.Close()
		return guest.Response{}, nil, err
	}
	return head, e, nil
}
