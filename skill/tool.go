package skill

import (
	"encoding/json"
	"strings"
)

// Tool is one function that a skill offers to agents.
type Tool struct {
	// Name begins with a letter and holds letters, digits, _ and -, at most 64.
	Name        string `json:"name"`
	Description string `json:"description"`
	// InputSchema and OutputSchema are JSON Schema 2020-12; absent means anything. Input is an object always.
	InputSchema  json.RawMessage `json:"inputSchema,omitempty"`
	OutputSchema json.RawMessage `json:"outputSchema,omitempty"`
	Annotations  *Annotations    `json:"annotations,omitempty"`

	// What Parse compiled; nil for a schema that is absent and in a Tool that was made otherwise.
	input, output *schema
}

// Annotations are a skill's own claims about a tool, for agents. Nothing here decides on them.
type Annotations struct {
	Title           string `json:"title,omitempty"`
	ReadOnlyHint    *bool  `json:"readOnlyHint,omitempty"`
	DestructiveHint *bool  `json:"destructiveHint,omitempty"`
	IdempotentHint  *bool  `json:"idempotentHint,omitempty"`
	OpenWorldHint   *bool  `json:"openWorldHint,omitempty"`
}

// CheckInput returns an *InvalidError whose place begins with "input" unless input is a JSON object that satisfies
// the tool's schema. Empty input counts as {}.
func (t Tool) CheckInput(input []byte) error {
	if len(input) == 0 {
		input = []byte("{}")
	}
	value, err := readStrict("input", input, bounded)
	if err != nil {
		return err
	}
	if _, ok := value.(map[string]any); !ok {
		return invalid("input#", "it is not a JSON object")
	}
	return checkValue("input", t.InputSchema, t.input, value, len(input))
}

// CheckOutput returns an *InvalidError whose place begins with "output" unless output is one JSON value that
// satisfies the tool's schema.
func (t Tool) CheckOutput(output []byte) error {
	value, err := readStrict("output", output, bounded)
	if err != nil {
		return err
	}
	return checkValue("output", t.OutputSchema, t.output, value, len(output))
}

func checkValue(file string, source json.RawMessage, compiled *schema, value any, size int) (err error) {
	if compiled == nil && len(source) > 0 {
		if compiled, err = readSchema(file+"Schema", source); err != nil {
			return err
		}
	}
	if compiled == nil {
		return nil
	}
	return compiled.check(file, value, size)
}

func readSchema(place string, source json.RawMessage) (*schema, error) {
	document, err := readStrict(place, source, canonical)
	if err != nil {
		return nil, err
	}
	return compileSchema(place, document)
}

// compile checks what no schema of the manifest can and keeps the compiled schemas.
func (t *Tool) compile(place string) (err error) {
	if t.input, err = compileSource(place+"/inputSchema", t.InputSchema); err != nil {
		return err
	}
	if t.input != nil && t.input.excludesObjects() {
		return invalid(place+"/inputSchema/type", "input is always an object").hint(`"type": "object"`)
	}
	t.output, err = compileSource(place+"/outputSchema", t.OutputSchema)
	return err
}

func compileSource(place string, source json.RawMessage) (*schema, error) {
	if len(source) == 0 {
		return nil, nil
	}
	return readSchema(place, source)
}

// checkTools refuses names that an agent or a person could take for each other.
func checkTools(place string, tools []Tool) error {
	seen := map[string]string{}
	for i := range tools {
		at := pointerIndex(place, i)
		folded := strings.ToLower(tools[i].Name)
		if first, ok := seen[folded]; ok {
			return invalid(at+"/name", "%q stands here beside %q", tools[i].Name, first).
				hint("two tools need names that differ in more than case")
		}
		seen[folded] = tools[i].Name
		if err := tools[i].compile(at); err != nil {
			return err
		}
	}
	return nil
}
