package skill_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gatehouse/skill"
)

func TestANewSkillBuildsAndPacks(t *testing.T) {
	dir, err := skill.New(t.TempDir(), "line-counter")
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "skill.wasm", "main.go")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the scaffold: %v\n%s", err, out)
	}

	fresh, err := skill.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !fresh.Development || fresh.Manifest.Digest != "" {
		t.Errorf("before packing: development %v, digest %q; want development without a digest", fresh.Development,
			fresh.Manifest.Digest)
	}
	packed, err := skill.Pack(dir)
	if err != nil {
		t.Fatal(err)
	}
	if packed.Development || packed.Manifest.Digest != packed.Digest {
		t.Errorf("after packing: development %v, digest %q; want %q", packed.Development, packed.Manifest.Digest,
			packed.Digest)
	}
	if packed.Manifest.CapabilitiesHash() != fresh.Manifest.CapabilitiesHash() {
		t.Error("packing changed the hash of the capabilities")
	}

	bare, err := skill.LoadWasm(filepath.Join(dir, "skill.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(bare.Manifest.Optional); got != 3 || !bare.Development {
		t.Errorf("bare file: %d optional grants, development %v; want 3 and true", got, bare.Development)
	}
	saved, err := bare.Save(filepath.Join(t.TempDir(), bare.Manifest.Name))
	if err != nil {
		t.Fatal(err)
	}
	if saved.Development {
		t.Error("a saved bare file is still in development")
	}
}
