package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"gatehouse/guest"
)

// room is how many bytes of JSON the text of an answer may take. The host bounds output at 1 MiB, agents far below.
const room = 256 << 10

type getInput struct {
	URL  string `json:"url"`
	Head bool   `json:"head"`
}

type page struct {
	// URL is where the answer came from, after all redirects.
	URL     string   `json:"url"`
	Status  int      `json:"status"`
	Headers []header `json:"headers"`
	Text    string   `json:"text"`
	// Cut says that there was more than Text holds, Binary that what came is no text.
	Cut    bool `json:"cut,omitempty"`
	Binary bool `json:"binary,omitempty"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// get fetches one address.
func get(in getInput, web send) (page, error) {
	method := "GET"
	if in.Head {
		method = "HEAD"
	}
	accept := guest.Header{Name: "Accept", Value: "text/html, text/*, application/json, application/xml;q=0.9, */*;q=0.1"}
	head, body, err := web(guest.Request{Method: method, URL: in.URL, Header: []guest.Header{accept}})
	if err != nil {
		return page{}, sentence(in.URL, err)
	}
	defer body.Close()
	p := page{URL: head.URL, Status: head.Status, Headers: []header{}}
	for _, h := range head.Header {
		p.Headers = append(p.Headers, header(h))
	}
	if err := p.read(body); err != nil {
		return page{}, sentence(in.URL, err)
	}
	return p, nil
}

// read takes in as much of a body as there is room for.
func (p *page) read(body io.Reader) error {
	var text bytes.Buffer
	left := room
	piece := make([]byte, 64<<10)
	for {
		n, err := body.Read(piece)
		for _, c := range piece[:n] {
			need := 1
			switch {
			case c == 0:
				p.Binary, p.Text = true, ""
				return nil
			case c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t':
				need = 2
			case c < 0x20:
				need = 6
			case c >= utf8.RuneSelf: // it may be no text, and becomes three bytes
				need = 3
			}
			if left -= need; left < 0 {
				p.Cut = true
				break
			}
			text.WriteByte(c)
		}
		switch {
		case p.Cut, errors.Is(err, io.EOF):
			p.Text = strings.ToValidUTF8(whole(text.Bytes(), p.Cut), "\ufffd")
			return nil
		case err != nil:
			return err
		}
	}
}

// whole leaves out the beginning of a letter at the end of what was cut.
func whole(b []byte, cut bool) string {
	for i := 1; cut && i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				b = b[:len(b)-i]
			}
			break
		}
	}
	return string(b)
}
