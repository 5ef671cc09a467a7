// The guest is a skill that misbehaves: its tools are named for what they do.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func main() {
	var call struct{ Tool string }
	if err := json.NewDecoder(os.Stdin).Decode(&call); err != nil {
		panic(err)
	}
	deeds[call.Tool]()
}

var kept [][]byte

var deeds = map[string]func(){
	"behave": func() { fmt.Print(`{"fine":true}`) },
	"babble": func() { fmt.Print("\x1b[2Jnot JSON {") },
	"silent": func() {},
	"break-schema": func() {
		fmt.Print(`{"fine":"perhaps"}`)
	},
	"fail": func() {
		fmt.Fprintln(os.Stderr, "no such luck \x1b[31m")
		os.Exit(3)
	},
	"crash": func() { panic("out of ideas") },
	"grow": func() {
		for {
			kept = append(kept, make([]byte, 1<<20))
		}
	},
	"flood": func() {
		for {
			fmt.Println(strings.Repeat("x", 1000))
		}
	},
	"spin": func() {
		for {
		}
	},
}
