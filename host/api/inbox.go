package api

import (
	"context"
	"slices"

	"gatehouse/permissions"
)

// Question is one question of the inbox.
type Question struct {
	ID       string             `json:"id"`
	State    permissions.State  `json:"state" enum:"open,parked,cancelled" doc:"open: a call waits; parked: its call is gone and an answer counts for the next one; cancelled: its call was ended, there is nothing to answer"`
	Asked    int64              `json:"asked" doc:"Unix milliseconds"`
	Until    int64              `json:"until,omitempty" doc:"Unix milliseconds; when one that is not open is forgotten"`
	Visible  bool               `json:"visible" doc:"it is the one that ask shows"`
	Sentence string             `json:"sentence" doc:"our words for what is wanted, without the hostile name"`
	Prompt   permissions.Prompt `json:"prompt"`
}

// Inbox is the questions that wait, the next one first, and then those whose calls are gone, the newest first.
type Inbox struct {
	Questions []Question `json:"questions"`
}

type inboxOutput struct{ Body Inbox }

// inbox shows the questions without their nonces: an answer needs one, and the window does not answer.
func (s *Server) inbox(context.Context, *struct{}) (*inboxOutput, error) {
	out := Inbox{Questions: []Question{}}
	for i, q := range s.Broker.Waiting() {
		q.Prompt.Nonce = ""
		out.Questions = append(out.Questions, Question{
			ID: q.ID, State: permissions.StateOpen, Asked: millis(q.Asked), Visible: i == 0, Sentence: q.Prompt.Verb, Prompt: q.Prompt,
		})
	}
	for _, p := range slices.Backward(s.Broker.Parked()) {
		out.Questions = append(out.Questions, Question{
			ID: p.ID, State: p.State, Asked: millis(p.Asked), Until: millis(p.Until), Sentence: p.Prompt.Verb, Prompt: p.Prompt,
		})
	}
	return &inboxOutput{out}, nil
}

type byID struct {
	ID string `path:"id" maxLength:"128"`
}

func (s *Server) denyQuestion(_ context.Context, in *byID) (*struct{}, error) {
	return nil, notFound(s.Broker.Deny(in.ID), "this question is no longer open")
}

// openQuestion has ask put a parked question once more; ask alone answers it.
func (s *Server) openQuestion(_ context.Context, in *byID) (*struct{}, error) {
	return nil, notFound(s.Broker.Open(in.ID), "this question cannot be answered any more")
}

func (s *Server) dismissQuestion(_ context.Context, in *byID) (*struct{}, error) {
	return nil, notFound(s.Broker.Dismiss(in.ID), "this question is no longer in the inbox")
}

func (s *Server) showAsk(context.Context, *struct{}) (*struct{}, error) {
	s.Asker.Raise()
	return nil, nil
}
