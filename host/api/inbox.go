package api

import (
	"context"

	"gatehouse/permissions"
)

// Question is one question that waits for the person.
type Question struct {
	ID       string             `json:"id"`
	Asked    int64              `json:"asked" doc:"Unix milliseconds"`
	Visible  bool               `json:"visible" doc:"it is the one that ask shows"`
	Sentence string             `json:"sentence" doc:"our words for what is wanted, without the hostile name"`
	Prompt   permissions.Prompt `json:"prompt"`
}

// Inbox is the questions that wait, the next one first.
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
			ID: q.ID, Asked: millis(q.Asked), Visible: i == 0, Sentence: q.Prompt.Verb, Prompt: q.Prompt,
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

func (s *Server) showAsk(context.Context, *struct{}) (*struct{}, error) {
	s.Asker.Raise()
	return nil, nil
}
