package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"

	"gatehouse/guest"
)

// fetch sends a request to Path with the method To and the body Text, N times over, and says what came back.
func fetch(o order) error {
	said := map[string]any{}
	err := exchange(o, said)
	if e, ok := err.(*guest.Error); ok {
		said["error"] = map[string]string{"kind": string(e.Kind), "code": e.Code, "grant": e.Grant, "reason": e.Reason}
	} else if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(said)
}

// insist fetches Path N times and fails where it may not.
func insist(o order) error {
	times := o.N
	o.To, o.N = "GET", 1
	said := map[string]any{}
	for range times {
		if err := exchange(o, said); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(said)
}

func exchange(o order, said map[string]any) error {
	r := guest.Request{Method: o.To, URL: o.Path}
	for _, line := range o.Header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header = append(r.Header, guest.Header{Name: name, Value: value})
	}
	e, err := guest.Open(r)
	if err != nil {
		return err
	}
	defer e.Close()
	for range max(1, o.N) {
		if _, err := e.Write([]byte(o.Text)); err != nil {
			return err
		}
	}
	head, err := e.Finish()
	if err != nil {
		return err
	}
	said["status"], said["url"], said["header"] = head.Status, head.URL, head.Header
	var body bytes.Buffer
	_, err = io.Copy(&body, e)
	said["size"], said["text"] = body.Len(), body.String()[:min(body.Len(), 1000)]
	return err
}
