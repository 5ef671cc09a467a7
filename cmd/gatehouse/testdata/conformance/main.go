// The guest of two skills whose tools are those that the protocol's conformance suite calls: SKILL_TOOL is the name that
// it wants.
package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
)

func main() {
	var call struct{ Tool string }
	if err := json.NewDecoder(os.Stdin).Decode(&call); err != nil {
		panic(err)
	}
	answer, ok := answers[call.Tool]
	if !ok {
		os.Stderr.WriteString("This tool intentionally returns an error for testing\n")
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(answer)
}

type object map[string]any

var answers = map[string]any{
	"simple_text":            "This is a simple text response for testing.",
	"image_content":          object{"image": image},
	"audio_content":          object{"audio": audio},
	"embedded_resource":      object{"resource": base64.StdEncoding.EncodeToString([]byte("This is an embedded resource content."))},
	"multiple_content_types": object{"text": "Multiple content types test:", "image": image, "resource": base64.StdEncoding.EncodeToString([]byte(`{"test":"data","value":123}`))},
	"large":                  object{"lines": lines()},
	"schema_2020_12_tool":    "fine",
}

// image is one red pixel, audio a WAV of nothing.
const (
	image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	audio = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAD//w=="
)

// lines are more than a reply may hold.
func lines() []string {
	var all []string
	for range 5000 {
		all = append(all, "the quick brown fox jumps over the lazy dog and over what is behind it")
	}
	return all
}
