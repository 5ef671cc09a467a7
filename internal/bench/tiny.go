package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"gatehouse/home"
	"gatehouse/skill"
	"gatehouse/store"
)

// tinyCode is a program of 138 bytes that writes {"ok":true} to its standard output and ends.
const tinyCode = "\x00asm\x01\x00\x00\x00\x01\x0c\x02`\x04\x7f\x7f\x7f\x7f\x01\x7f`\x00\x00\x02#\x01\x16wasi_snapshot_preview1" +
	"\x08fd_write\x00\x00\x03\x02\x01\x01\x05\x03\x01\x00\x01\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x01" +
	"\x0a\x0f\x01\x0d\x00A\x01A\x00A\x01A\x08\x10\x00\x1a\x0b" +
	"\x0b\x1e\x02\x00A\x00\x0b\x08\x10\x00\x00\x00\x0b\x00\x00\x00\x00A\x10\x0b\x0b{\"ok\":true}"

const tinyManifest = `{
  "manifestVersion": 1, "name": "tiny", "version": "1.0.0", "description": "Answers at once.",
  "kind": "command", "wasm": "skill.wasm",
  "tools": [{ "name": "answer", "description": "Answers at once.", "inputSchema": { "type": "object" } }]
}`

// tiny installs a skill that asks for nothing and takes no time, and lets agents see it: what a call of it takes is ours.
func (m *machine) tiny(paths home.Paths) error {
	folder := filepath.Join(m.scratch, "tiny")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"skill.json": tinyManifest, "skill.wasm": tinyCode,
		"SKILL.md": "---\nname: tiny\ndescription: Answers at once.\nmetadata:\n  gatehouse: skill.json\n---\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	pkg, err := skill.Pack(folder)
	if err != nil {
		return err
	}
	db, err := store.Open(paths.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	installed := db.Skills(paths.Skills)
	if pkg, err = installed.Add(pkg); err != nil {
		return err
	}
	return installed.TurnOn(pkg)
}

// answer calls the tiny skill through the pipe.
func (a *agent) answer(context.Context) error {
	line, err := a.ask("tools/call", `{"name":"tiny_answer","arguments":{}}`)
	if err == nil && !bytes.Contains(line, []byte(`{\"ok\":true}`)) {
		err = fmt.Errorf("it was not answered: %s", line)
	}
	return err
}
