package main

import (
	"fmt"
	"strings"

	"gatehouse/audit"
	"gatehouse/permissions"
)

// request writes what would be sent.
func (d *dialog) request(r *permissions.Outgoing) {
	if r == nil {
		return
	}
	if r.From != "" {
		d.printf("  %s led here\n", visible(short(r.From, longestLine)))
	}
	d.printf("  %s %s\n", visible(r.Method), visible(r.URL))
	for _, h := range r.Headers {
		d.printf("    %s: %s\n", visible(h.Name), visible(short(h.Value, longestLine)))
	}
	switch {
	case r.Binary:
		d.printf("    (not text, so there is nothing to show)\n")
	case r.Text != "":
		d.printf("\n")
		for line := range strings.Lines(r.Text) {
			d.printf("    | %s\n", visibleLine(short(strings.TrimRight(line, "\r\n"), longestLine)))
		}
	}
	switch {
	case r.Unfinished:
		d.printf("  (%d bytes so far, at most %d; the rest is not written yet)\n", r.Size, r.Most)
	case r.Size > 0:
		d.printf("  (%d bytes of body)\n", r.Size)
	}
	if r.Cut {
		d.printf("  ! not all of the body is shown here: it is too long\n")
	}
}

// sent says in the record how a request went.
func sent(r audit.Record) string {
	said := fmt.Sprintf("status %d", r.Status)
	if r.Status == 0 {
		said = "no answer"
	}
	if r.Outcome != "" {
		said += " (" + r.Outcome + ")"
	}
	said += fmt.Sprintf(", %d bytes sent, %d received", r.SentBytes, r.ReceivedBytes)
	if len(r.Addresses) > 0 {
		said += ", " + strings.Join(r.Addresses, " ")
	}
	return said
}
