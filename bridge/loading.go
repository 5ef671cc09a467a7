package bridge

import (
	"errors"
	"fmt"
	"strings"

	"gatehouse/host"
	"gatehouse/permissions"
	"gatehouse/skill"
)

func (v *visit) unload() (any, error) {
	pkg, err := v.about("id")
	if err != nil {
		return nil, err
	}
	return nil, &host.Error{Code: host.CodeUnsupported,
		Message: "hiding a skill from agents is the person's alone: gatehouse skill off " + pkg.Manifest.Name + ", or the skill's page in Gatehouse."}
}

// load proposes to the person to install what lies at a path. Before they said yes nobody looks there, and after it no more
// is said than whether it is a skill.
func (v *visit) load() (any, error) {
	if v.has("package") == v.has("path") || v.has("path") && v.has("version") {
		return nil, wrong(errors.New(`it takes either "path", or "package" with or without "version"`))
	}
	if v.has("package") {
		return nil, notYet
	}
	path, err := v.text("path")
	if err != nil {
		return nil, wrong(err)
	}
	if scheme, _, has := strings.Cut(path, "://"); has && scheme != "file" {
		return nil, notYet
	}
	path = strings.TrimPrefix(path, "file://")
	switch {
	case !strings.HasPrefix(path, "/") || permissions.FileGrant(permissions.Read, path) == (permissions.Grant{}):
		return nil, wrong(errors.New("it is not the full path of a folder or file on this computer"))
	case strings.ContainsFunc(path, permissions.Hidden):
		return nil, wrong(fmt.Errorf("it has a character that nobody sees: %s", permissions.Visible(path)))
	case v.door.server.Shelf == nil:
		return nil, notYet
	}
	var pkg *skill.Package
	err = v.desk.Wait(func() (err error) {
		pkg, err = v.door.server.Shelf.Install(v.ctx, v.door.client, path)
		return err
	})
	switch {
	case errors.Is(err, skill.ErrUnsupported):
		return nil, notYet
	case err != nil && !errors.Is(err, permissions.ErrDenied) && v.ctx.Err() == nil && host.Explain(err).Code != host.CodeStorage:
		return nil, &host.Error{Code: host.CodeSkill, Message: "there is nothing that Gatehouse can install"}
	case err != nil:
		return nil, err
	}
	tools := []string{}
	for _, t := range pkg.Manifest.Tools {
		tools = append(tools, toolName(pkg, t))
	}
	return map[string]any{"status": "component loaded successfully", "id": pkg.Manifest.Name, "tools": tools}, nil
}

var notYet = &host.Error{Code: host.CodeUnsupported,
	Message: "this version of Gatehouse runs no components and fetches nothing from registries. The person can install a skill from a folder: gatehouse skill add FOLDER"}
