package skill

import (
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"gatehouse/permissions"
)

const maxManifest = 1 << 20

var shape = sync.OnceValue(func() *schema {
	s, err := readSchema("manifest.schema.json", manifestSchema)
	if err != nil {
		panic(err)
	}
	return s
})

// Parse reads a manifest. Everything that is not understood is an *InvalidError whose place is a JSON pointer.
func Parse(data []byte) (Manifest, error) {
	if len(data) > maxManifest {
		return Manifest{}, invalid(ManifestFile, "it is larger than 1 MiB")
	}
	document, err := readStrict(ManifestFile, data, canonical)
	if err != nil {
		return Manifest{}, err
	}
	if err := checkHead(document); err != nil {
		return Manifest{}, err
	}
	if err := shape().check(ManifestFile, document, len(data)); err != nil {
		return Manifest{}, err
	}
	if err := checkTexts(document); err != nil {
		return Manifest{}, err
	}
	// The shape above has refused every key that the decoder would take in another case or drop.
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return Manifest{}, invalid(ManifestFile, "%v", err)
	}
	return m, m.check()
}

// checkHead goes before the shape, where a better sentence can be said: a manifest of a later Gatehouse is called that
// and not full of mistakes, and a name comes with one that would do.
func checkHead(document any) error {
	object, _ := document.(map[string]any)
	version, _ := object["manifestVersion"].(json.Number)
	if n, err := version.Int64(); err == nil && n > 1 {
		return invalid(ManifestFile+"#/manifestVersion", "it was written for a later Gatehouse").hint("update Gatehouse")
	}
	if name, ok := object["name"].(string); ok {
		return checkName(ManifestFile+"#/name", name)
	}
	return nil
}

func (m *Manifest) check() error {
	if err := checkTools(ManifestFile+"#/tools", m.Tools); err != nil {
		return err
	}
	if m.Kind == Command && len(m.Tools) == 0 {
		return invalid(ManifestFile+"#/tools", "a command says which tools it has")
	}
	for _, wishes := range []struct {
		place string
		list  []Wish
	}{{"#/requires", m.Requires}, {"#/optional", m.Optional}} {
		for i, w := range wishes.list {
			if err := w.check(pointerIndex(ManifestFile+wishes.place, i)); err != nil {
				return err
			}
		}
	}
	var line *permissions.LineError
	if err := permissions.CheckRequires(m.Capabilities().Requires); errors.As(err, &line) {
		return invalid(pointerIndex(ManifestFile+"#/requires", line.Line)+"/grant", "%q: %s", line.Grant, line.Reason)
	} else if err != nil {
		return invalid(ManifestFile+"#/requires", "%v", err)
	}
	return m.Limits.check(ManifestFile + "#/limits")
}

// exampleWorkspace stands for ${workspace} while examples are tried.
const exampleWorkspace = "/workspace"

func (w Wish) check(place string) error {
	for i, example := range w.Match {
		if !w.Grant.Covers(example, exampleWorkspace) {
			return invalid(pointerIndex(place+"/match", i), "%s does not cover this example", w.Grant)
		}
	}
	for i, example := range w.NotMatch {
		if w.Grant.Covers(example, exampleWorkspace) {
			return invalid(pointerIndex(place+"/notMatch", i), "%s covers this example", w.Grant)
		}
	}
	return nil
}

// checkTexts reads every grant, digest, size and time once more on its own, because the decoder's error would not
// say where it stands.
func checkTexts(document any) error {
	object := document.(map[string]any)
	if text, ok := object["digest"].(string); ok {
		if _, err := ParseDigest(text); err != nil {
			return invalid(ManifestFile+"#/digest", "%v", err)
		}
	}
	limits, _ := object["limits"].(map[string]any)
	for name, value := range limits {
		text, ok := value.(string)
		if !ok {
			continue
		}
		read := func(s string) error { _, err := ParseSize(s); return err }
		if name == "time" {
			read = func(s string) error { _, err := ParseTime(s); return err }
		}
		if err := read(text); err != nil {
			return invalid(ManifestFile+"#/limits/"+name, "%v", err).hint("leave it out for the default")
		}
	}
	for _, list := range []string{"requires", "optional"} {
		wishes, _ := object[list].([]any)
		for i, wish := range wishes {
			if err := checkGrants(pointerIndex(ManifestFile+"#/"+list, i), wish.(map[string]any)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkGrants(place string, wish map[string]any) error {
	read := func(place string, text any) error {
		if _, err := permissions.Parse(text.(string)); err != nil {
			return invalid(place, "%v", err)
		}
		return nil
	}
	if err := read(place+"/grant", wish["grant"]); err != nil {
		return err
	}
	for _, list := range []string{"match", "notMatch"} {
		examples, _ := wish[list].([]any)
		for i, example := range examples {
			if err := read(pointerIndex(place+"/"+list, i), example); err != nil {
				return err
			}
		}
	}
	return nil
}

func pointerIndex(place string, i int) string { return place + "/" + strconv.Itoa(i) }
