package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/permissions"
	"gatehouse/skill"
)

// SkillSummary is one skill in a list. Its texts are the skill's own and hostile.
type SkillSummary struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Description string `json:"description"`
	Origin      string `json:"origin" doc:"\"built in\", or the folder it was added from"`
	Signer      string `json:"signer"`
	Digest      string `json:"digest"`
	Development bool   `json:"development" doc:"its manifest names no digest"`
	Tools       int    `json:"tools"`
	On          bool   `json:"on" doc:"agents see it"`
	MutedUntil  int64  `json:"mutedUntil,omitempty" doc:"Unix milliseconds; a question of it was dismissed so often that it rests until then"`
	Problem     string `json:"problem,omitempty" doc:"why it cannot run, such as drift"`
}

// Skill is one skill in full.
type Skill struct {
	SkillSummary
	License  string       `json:"license"`
	Kind     string       `json:"kind"`
	ToolList []Tool       `json:"toolList"`
	May      []MayLine    `json:"may" doc:"what it may do: all else fails at the boundary"`
	Limits   []Limit      `json:"limits"`
	Text     string       `json:"text" doc:"the text for agents; hostile"`
	Notices  []TextNotice `json:"notices" doc:"what to look at before agents read it"`

	Changes []permissions.Change `json:"changes" doc:"what agents would read differently from when it was turned on last"`
}

// Tool is one tool of a skill; its texts and schemas are hostile.
type Tool struct {
	Name         string             `json:"name"`
	Description  string             `json:"description"`
	InputSchema  json.RawMessage    `json:"inputSchema"`
	OutputSchema json.RawMessage    `json:"outputSchema,omitempty"`
	Annotations  *skill.Annotations `json:"annotations,omitempty"`
}

// TextNotice is something in what agents read that a person should look at. Place and said are hostile.
type TextNotice struct {
	Kind  skill.NoticeKind `json:"kind" enum:"unseen,mention" doc:"unseen: characters that nobody sees; mention: a tool that is not its own"`
	Place string           `json:"place"`
	Said  string           `json:"said"`
}

// MayLine is one line of a manifest, in our words and with the skill's reason, which is hostile.
type MayLine struct {
	Grant    string `json:"grant"`
	Sentence string `json:"sentence"`
	Why      string `json:"why"`
	Circle   string `json:"circle" enum:"required,requestable"`
}

// Limit is one limit of a skill.
type Limit struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default bool   `json:"default"`
}

type (
	skillsOutput struct {
		Body struct {
			Skills []SkillSummary `json:"skills"`
		}
	}
	skillOutput struct{ Body Skill }
	byName      struct {
		Name string `path:"name" maxLength:"64"`
	}
)

func (s *Server) listSkills(context.Context, *struct{}) (*skillsOutput, error) {
	names, err := s.Skills.Names()
	if err != nil {
		return nil, problem(err)
	}
	muted, err := s.muted()
	if err != nil {
		return nil, problem(err)
	}
	out := &skillsOutput{}
	out.Body.Skills = []SkillSummary{}
	for _, name := range names {
		pkg, err := s.Skills.Load(name)
		if err != nil {
			out.Body.Skills = append(out.Body.Skills, SkillSummary{Name: name, Problem: err.Error()})
			continue
		}
		shown := summary(pkg)
		shown.MutedUntil = muted[name]
		if shown.On, _, err = s.Shelf.Skills.Shown(name); err != nil {
			return nil, problem(err)
		}
		out.Body.Skills = append(out.Body.Skills, shown)
	}
	return out, nil
}

func (s *Server) showSkill(_ context.Context, in *byName) (*skillOutput, error) {
	pkg, err := s.Skills.Load(in.Name)
	if err != nil {
		return nil, notFound(err, fmt.Sprintf("no skill is called %q", in.Name))
	}
	muted, err := s.muted()
	if err != nil {
		return nil, problem(err)
	}
	out, err := s.read(pkg)
	if err != nil {
		return nil, err
	}
	out.MutedUntil = muted[in.Name]
	return &skillOutput{out}, nil
}

// read is a skill with what agents read of it.
func (s *Server) read(pkg *skill.Package) (Skill, error) {
	out := ShowSkill(pkg)
	reading, err := s.Shelf.Reading(pkg)
	if err != nil {
		return out, problem(err)
	}
	out.On = reading.On
	out.Changes = append(out.Changes, reading.Changes...)
	for _, n := range reading.Notices {
		out.Notices = append(out.Notices, TextNotice(n))
	}
	return out, nil
}

// turnOn proposes that agents see a skill; the answer waits for the person's.
func (s *Server) turnOn(ctx context.Context, in *byName) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return nil, notFound(s.Shelf.TurnOn(ctx, who.Client, in.Name), fmt.Sprintf("no skill is called %q", in.Name))
}

// turnOff hides a skill from agents at once.
func (s *Server) turnOff(ctx context.Context, in *byName) (*struct{}, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return nil, notFound(s.Shelf.TurnOff(who.Client, in.Name), fmt.Sprintf("no skill is called %q", in.Name))
}

// muted says until when the last resting question of each skill rests, in Unix milliseconds.
func (s *Server) muted() (map[string]int64, error) {
	kept, err := s.Decisions.List()
	if err != nil {
		return nil, err
	}
	until := map[string]int64{}
	for _, d := range kept {
		if d.Muted && d.Until.After(time.Now()) {
			until[d.Key.Skill] = max(until[d.Key.Skill], millis(d.Until))
		}
	}
	return until, nil
}

type addInput struct {
	Body struct {
		Path string `json:"path" minLength:"1" maxLength:"4096" doc:"a skill's folder or a .wasm file on this machine"`
	}
}

func (s *Server) addSkill(_ context.Context, in *addInput) (*skillOutput, error) {
	pkg, err := s.Skills.Add(in.Body.Path)
	if err != nil {
		return nil, problem(err)
	}
	s.Changes.Touch("skills")
	out, err := s.read(pkg)
	return &skillOutput{out}, err
}

func (s *Server) removeSkill(_ context.Context, in *byName) (*struct{}, error) {
	if err := s.Skills.Remove(in.Name); err != nil {
		return nil, notFound(err, fmt.Sprintf("no skill is called %q", in.Name))
	}
	s.Changes.Touch("skills")
	return nil, nil
}

func summary(pkg *skill.Package) SkillSummary {
	m := pkg.Manifest
	return SkillSummary{
		Name: m.Name, Version: m.Version, Description: m.Description, Origin: pkg.Origin, Signer: pkg.Signer(),
		Digest: string(pkg.Digest), Development: pkg.Development, Tools: len(m.Tools),
	}
}

// ShowSkill puts a package into the form that screens and `skill show` use.
func ShowSkill(pkg *skill.Package) Skill {
	m := pkg.Manifest
	out := Skill{SkillSummary: summary(pkg), License: m.License, Kind: string(m.Kind), Text: pkg.Text,
		ToolList: []Tool{}, May: []MayLine{}, Limits: []Limit{}, Notices: []TextNotice{}, Changes: []permissions.Change{}}
	for _, t := range m.Tools {
		out.ToolList = append(out.ToolList, Tool{Name: t.Name, Description: t.Description,
			InputSchema: t.InputSchema, OutputSchema: t.OutputSchema, Annotations: t.Annotations})
	}
	capabilities := m.Capabilities()
	for _, l := range capabilities.Requires {
		out.May = append(out.May, mayLine(l, "required"))
	}
	for _, l := range capabilities.Optional {
		out.May = append(out.May, mayLine(l, "requestable"))
	}
	for _, l := range m.Limits.List() {
		out.Limits = append(out.Limits, Limit{Name: l.Name, Value: l.Value, Default: l.Default})
	}
	return out
}

func mayLine(l permissions.Line, circle string) MayLine {
	return MayLine{Grant: l.Grant.String(), Sentence: permissions.Sentence(l.Grant), Why: l.Why, Circle: circle}
}
