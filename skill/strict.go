package skill

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// maxDepth bounds nesting in any JSON that a stranger wrote.
const maxDepth = 128

// numbers says which numbers a text may hold.
type numbers func(json.Number) bool

// readStrict reads one JSON value the way every later reader will: text that two readers could understand
// differently is refused. That is a repeated key, text that is not UTF-8, half a surrogate pair, a number that is not
// allowed, or a second value. It returns the types of encoding/json with numbers as json.Number. file begins the place of an error.
func readStrict(file string, data []byte, allowed numbers) (any, error) {
	if !utf8.Valid(data) {
		return nil, invalid(file, "it is not UTF-8 text")
	}
	var discarded json.RawMessage
	if err := json.Unmarshal(data, &discarded); err != nil {
		return nil, syntaxError(file, data, err)
	}
	r := strictReader{json.NewDecoder(bytes.NewReader(data)), allowed}
	r.decoder.UseNumber()
	value, err := r.value(file+"#", 0)
	if err != nil {
		return nil, err
	}
	if _, err := jcs.Transform(data); err != nil {
		return nil, invalid(file, "it holds something that readers take differently: %v", err)
	}
	return value, nil
}

func syntaxError(file string, data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return invalid(file, "it is not JSON: %v", err)
	}
	before := data[:min(int(syntax.Offset), len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	e := invalid(file+" line "+strconv.Itoa(line), "it is not JSON: %v", err)
	if bytes.HasSuffix(before, []byte("/")) {
		return e.hint("JSON has no comments")
	}
	return e
}

type strictReader struct {
	decoder *json.Decoder
	allowed numbers
}

func (r strictReader) value(place string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, invalid(place, "it is nested more than %d deep", maxDepth)
	}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, invalid(place, "it is not JSON: %v", err)
	}
	switch token {
	case json.Delim('{'):
		return r.object(place, depth)
	case json.Delim('['):
		return r.array(place, depth)
	}
	if n, ok := token.(json.Number); ok && !r.allowed(n) {
		return nil, invalid(place, "the number is too large, too small or too long")
	}
	return token, nil
}

func (r strictReader) object(place string, depth int) (any, error) {
	object := map[string]any{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, invalid(place, "it is not JSON: %v", err)
		}
		key, _ := token.(string)
		at := place + "/" + pointerToken(key)
		if _, ok := object[key]; ok {
			return nil, invalid(at, "the field stands here twice")
		}
		if object[key], err = r.value(at, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := r.decoder.Token()
	return object, err
}

func (r strictReader) array(place string, depth int) (any, error) {
	array := []any{}
	for r.decoder.More() {
		element, err := r.value(place+"/"+strconv.Itoa(len(array)), depth+1)
		if err != nil {
			return nil, err
		}
		array = append(array, element)
	}
	_, err := r.decoder.Token()
	return array, err
}

// bounded allows what a reader that keeps numbers exactly can hold: 1e999999999 has a billion digits.
func bounded(n json.Number) bool {
	f, err := n.Float64()
	if err != nil || len(n) > 64 {
		return false
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(n.String()), "e")
	return f != 0 || strings.Trim(mantissa, "-0.") == ""
}

// canonical allows the numbers that the canonical form writes without loss, which are those of a double: a larger
// one could be changed without changing the hash.
func canonical(n json.Number) bool {
	if !bounded(n) {
		return false
	}
	f, _ := n.Float64()
	written, _ := new(big.Rat).SetString(n.String())
	kept, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	return written != nil && kept != nil && written.Cmp(kept) == 0
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointerToken escapes one key for a JSON pointer; a key that is not plain is quoted and cut, since places are shown.
func pointerToken(key string) string {
	key = pointerEscapes.Replace(key)
	if len(key) > 80 {
		key = strings.ToValidUTF8(key[:80], "") + "..."
	}
	if quoted := strconv.Quote(key); quoted[1:len(quoted)-1] != key {
		return quoted
	}
	return key
}

func pointer(file string, tokens []string) string {
	var b strings.Builder
	b.WriteString(file + "#")
	for _, t := range tokens {
		b.WriteString("/" + pointerToken(t))
	}
	return b.String()
}
