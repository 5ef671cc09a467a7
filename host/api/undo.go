package api

import (
	"context"

	"gatehouse/host"
)

// KeptChange is one change that a call made to files and that can be taken back. Skill, Client, Path and Other are
// hostile.
type KeptChange struct {
	ID        string    `json:"id"`
	Time      int64     `json:"time" doc:"Unix milliseconds"`
	Expires   int64     `json:"expires" doc:"Unix milliseconds; it can be taken back until then"`
	Call      string    `json:"call"`
	Skill     string    `json:"skill"`
	Tool      string    `json:"tool"`
	Client    string    `json:"client"`
	Workspace string    `json:"workspace"`
	Path      string    `json:"path" doc:"the real path"`
	Other     string    `json:"other,omitempty" doc:"where a rename led to"`
	Folder    bool      `json:"folder,omitempty"`
	Operation host.Done `json:"operation" enum:"replaced,created,removed,renamed"`
	Before    int64     `json:"before" doc:"bytes that stood there"`
	After     int64     `json:"after" doc:"bytes that stand there since"`
	Added     int       `json:"added" doc:"lines"`
	Removed   int       `json:"removed" doc:"lines"`
}

// FileChange is one change that a call made to files, as its result tells it. Path and Other are hostile.
type FileChange struct {
	ID        string    `json:"id,omitempty" doc:"takes it back; absent where that cannot be"`
	Path      string    `json:"path" doc:"the real path"`
	Other     string    `json:"other,omitempty" doc:"where a rename led to"`
	Folder    bool      `json:"folder,omitempty"`
	Operation host.Done `json:"operation" enum:"replaced,created,removed,renamed,touched"`
	Added     int       `json:"added" doc:"lines"`
	Removed   int       `json:"removed" doc:"lines"`
}

func showChanges(list []host.Change) []FileChange {
	out := []FileChange{}
	for _, c := range list {
		out = append(out, FileChange{ID: c.ID, Path: c.Path, Other: c.Other, Folder: c.Folder, Operation: c.Done, Added: c.Added, Removed: c.Removed})
	}
	return out
}

type undoInput struct {
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

type undoOutput struct {
	Body struct {
		Changes []KeptChange `json:"changes" doc:"the newest first"`
	}
}

func (s *Server) listUndo(_ context.Context, in *undoInput) (*undoOutput, error) {
	out := &undoOutput{}
	out.Body.Changes = []KeptChange{}
	for _, k := range s.Host.Undo.List(in.Limit) {
		out.Body.Changes = append(out.Body.Changes, KeptChange{
			ID: k.ID, Time: millis(k.Time), Expires: millis(k.Expires()), Call: k.Call, Skill: k.Subject.Skill, Tool: k.Tool,
			Client: k.Subject.Client, Workspace: k.Subject.Workspace, Path: k.Path, Other: k.Other, Folder: k.Folder,
			Operation: host.DoneBy(k.Operation), Before: k.Before, After: k.After, Added: k.Added, Removed: k.Removed,
		})
	}
	return out, nil
}

func (s *Server) takeBack(ctx context.Context, in *byID) (*struct{}, error) {
	if err := s.Host.Undo.Take(ctx, in.ID); err != nil {
		return nil, notFound(err, "this change cannot be taken back any more")
	}
	s.Changes.Touch(host.TopicCalls)
	return nil, nil
}
