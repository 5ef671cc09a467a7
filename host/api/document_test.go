package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"gatehouse/host/api"
)

var update = flag.Bool("update", false, "write the OpenAPI document")

const documentFile = "../../frontend/openapi.json"

func TestDocumentIsWhatTheFrontendWasBuiltFrom(t *testing.T) {
	raw, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	if *update {
		if err := os.WriteFile(documentFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s is old: the Go types of host/api say otherwise; run make types", documentFile)
	}
}
