package bridge

import (
	"errors"
	"slices"
	"strings"

	"gatehouse/permissions"
)

// The shapes of what is returned.
type (
	granted struct {
		Status      string `json:"status"`
		ComponentID string `json:"component_id"`
		Kind        string `json:"permission_type"`
		Details     any    `json:"details"`
		// Message is said where something of it may be done all the same.
		Message string `json:"message,omitempty"`
	}
	storageRevoked struct {
		Status      string `json:"status"`
		ComponentID string `json:"component_id"`
		URI         string `json:"uri"`
		Message     string `json:"message"`
	}
	storage struct {
		URI    string   `json:"uri"`
		Access []string `json:"access"`
	}
	network struct {
		Host string `json:"host"`
	}
	variable struct {
		Key string `json:"key"`
	}
)

const left = "The skill may still do some of it: that rests on what the person confirmed or decided otherwise, and is theirs to take back."

func (v *visit) grantStorage() (any, error) {
	var s storage
	extent, err := v.storage(&s, "uri", "access")
	if err != nil {
		return nil, err
	}
	for _, access := range s.Access {
		right := permissions.Right(access)
		if right != permissions.Read && right != permissions.Write {
			return nil, wrong(errors.New(`"access" is a list of "read" and "write"`))
		}
		if slices.Contains(extent.Rights, right) {
			return nil, wrong(errors.New(`"access" names a right twice`))
		}
		extent.Rights = append(extent.Rights, right)
	}
	if len(s.Access) == 0 {
		return nil, wrong(errors.New(`"access" is empty`))
	}
	return v.grant(extent, "storage", s)
}

func (v *visit) grantNetwork() (any, error) {
	var n network
	if err := v.details(&n, "host"); err != nil {
		return nil, err
	}
	return v.grant(permissions.Extent{Host: n.Host}, "network", n)
}

func (v *visit) grantVariable() (any, error) {
	var e variable
	if err := v.details(&e, "key"); err != nil {
		return nil, err
	}
	return v.grant(permissions.Extent{Variable: e.Key}, "environment variable", e)
}

// grant asks the person. For how long a yes holds they choose, and nobody here learns.
func (v *visit) grant(e permissions.Extent, kind string, details any) (any, error) {
	pkg, err := v.about("component_id")
	if err != nil {
		return nil, err
	}
	if err := v.desk.Ask(v.ctx, e); err != nil {
		return nil, err
	}
	return granted{Status: "permission granted successfully", ComponentID: pkg.Manifest.Name, Kind: kind, Details: details}, nil
}

func (v *visit) revokeStorage() (any, error) {
	var s storage
	extent, err := v.storage(&s, "uri")
	if err != nil {
		return nil, err
	}
	extent.Rights = []permissions.Right{permissions.Read, permissions.Write}
	name, more, err := v.takeBack(extent)
	if err != nil {
		return nil, err
	}
	r := storageRevoked{"permission revoked successfully", name, s.URI, "Nothing that was allowed there is left."}
	if more {
		r.Message = left
	}
	return r, nil
}

func (v *visit) revokeNetwork() (any, error) {
	var n network
	if err := v.details(&n, "host"); err != nil {
		return nil, err
	}
	return v.revoke(permissions.Extent{Host: n.Host}, "network", n)
}

func (v *visit) revokeVariable() (any, error) {
	var e variable
	if err := v.details(&e, "key"); err != nil {
		return nil, err
	}
	return v.revoke(permissions.Extent{Variable: e.Key}, "environment variable", e)
}

func (v *visit) revoke(e permissions.Extent, kind string, details any) (any, error) {
	name, more, err := v.takeBack(e)
	if err != nil {
		return nil, err
	}
	r := granted{Status: "permission revoked", ComponentID: name, Kind: kind, Details: details}
	if more {
		r.Message = left
	}
	return r, nil
}

func (v *visit) reset() (any, error) {
	name, _, err := v.takeBack(permissions.Extent{})
	return map[string]any{"status": "permissions reset successfully", "component_id": name}, err
}

// takeBack narrows at once, as everybody may. It says the same whether or not there was anything.
func (v *visit) takeBack(e permissions.Extent) (name string, more bool, err error) {
	pkg, err := v.about("component_id")
	if err != nil {
		return "", false, err
	}
	more, err = v.desk.TakeBack(e)
	return pkg.Manifest.Name, more, err
}

// storage reads details with a URI and what it names.
func (v *visit) storage(s *storage, required ...string) (permissions.Extent, error) {
	if err := v.details(s, required...); err != nil {
		return permissions.Extent{}, err
	}
	path, err := pathOf(s.URI)
	if err != nil {
		return permissions.Extent{}, wrong(err)
	}
	return permissions.Extent{Path: path}, nil
}

// pathOf reads fs:///full/path, file:///full/path, and fs://path from the workspace. A folder may end in / or /**.
func pathOf(uri string) (string, error) {
	rest, fs := strings.CutPrefix(uri, "fs://")
	rest, file := strings.CutPrefix(rest, "file://")
	if fs == file || rest == "" {
		return "", errors.New(`a place is written fs:///full/path, or fs://path for one in the workspace`)
	}
	whole := rest
	rest = strings.TrimSuffix(strings.TrimSuffix(rest, "/**"), "/")
	switch {
	case strings.HasPrefix(whole, "/"):
		return "/" + strings.TrimPrefix(rest, "/"), nil
	case file:
		return "", errors.New("a file:// has a full path")
	case rest == "**":
		return "${workspace}", nil
	}
	return "${workspace}/" + rest, nil
}
