//go:build !wasip1

package main

import (
	"io"

	"gatehouse/guest"
)

// network is for guests alone: a program outside of Gatehouse would ask nobody.
func network(guest.Request) (guest.Response, io.ReadCloser, error) {
	return guest.Response{}, nil, &guest.Error{Kind: guest.Network, Code: "connect", Reason: "this runs in Gatehouse only"}
}
