package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/host"
)

// Problem is an error on either door, in the form of RFC 9457 with our own code beside it. Said is a guest's own text
// and hostile.
type Problem struct {
	Status int       `json:"status" doc:"the HTTP status"`
	Code   host.Code `json:"code" doc:"the word for this kind of failure"`
	Detail string    `json:"detail" doc:"one sentence for a person"`
	Hint   string    `json:"hint,omitempty" doc:"what to do about it"`
	Grant  string    `json:"grant,omitempty"`
	Call   string    `json:"call,omitempty"`
	Said   string    `json:"said,omitempty" doc:"the skill's own words; hostile text"`
}

// Error is the sentence for a person.
func (p *Problem) Error() string { return p.Detail }

// GetStatus makes a Problem a huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// huma is set up through variables of its package, once, before any API exists: lists are never null, and its own
// errors, such as a body that breaks the schema, are Problems too.
func init() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := &Problem{Status: status, Code: host.CodeInput, Detail: message}
		if status >= http.StatusInternalServerError {
			p.Code = host.CodeInternal
		}
		var places []string
		for _, err := range errs {
			var place huma.ErrorDetailer
			if errors.As(err, &place) {
				d := place.ErrorDetail()
				places = append(places, fmt.Sprintf("%s: %s", d.Location, d.Message))
			} else if err != nil {
				places = append(places, err.Error())
			}
		}
		if len(places) > 0 {
			p.Detail += ": " + strings.Join(places, "; ")
		}
		return p
	}
}

// problem turns any error of the host into a Problem; nil stays nil.
func problem(err error) error {
	if err == nil {
		return nil
	}
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	return explained(host.Explain(err))
}

func explained(e *host.Error) *Problem {
	return &Problem{Status: status(e.Code), Code: e.Code, Detail: e.Message, Hint: e.Hint, Grant: e.Grant, Call: e.Call, Said: e.Detail}
}

func status(c host.Code) int {
	switch c {
	case host.CodeNotFound:
		return http.StatusNotFound
	case host.CodeInput, host.CodeSkill, host.CodeUnsupported:
		return http.StatusUnprocessableEntity
	case host.CodeDenied, host.CodeUndeclared:
		return http.StatusForbidden
	case host.CodeInternal, host.CodeStorage:
		return http.StatusInternalServerError
	case host.CodeNoHost:
		return http.StatusServiceUnavailable
	}
	return http.StatusConflict
}
