// The guest does the one thing that its standard input names: {"do": ..., "path": ..., "text": ..., "n": ...}, or as a
// skill the one that its tool's input names.
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type order struct {
	Do, Path, To, Text string
	N                  int
	Header             []string
	Input              *order
}

func main() {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		fail(err)
	}
	if o.Input != nil {
		o = *o.Input
	}
	do, known := deeds[o.Do]
	if !known {
		fail(fmt.Errorf("no deed %q", o.Do))
	}
	if err := do(o); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprint(os.Stderr, err)
	os.Exit(3)
}

var sink [][]byte

func recurse(n int) int { return recurse(n+1) + n }

var deeds = map[string]func(order) error{
	"echo": func(o order) error { _, err := fmt.Print(o.Text); return err },
	"exit": func(o order) error { fmt.Fprint(os.Stderr, o.Text); os.Exit(o.N); return nil },
	"bug":  func(o order) error { return fmt.Errorf("%d", strings.NewReplacer().Replace("")[o.N]) },
	"spin": func(order) error {
		for {
		}
	},
	"sleep": func(o order) error { time.Sleep(time.Duration(o.N) * time.Millisecond); return nil },
	"grow": func(o order) error {
		for range o.N {
			sink = append(sink, make([]byte, 1<<20))
		}
		return nil
	},
	"recurse": func(o order) error { fmt.Print(recurse(1)); return nil },
	"goroutines": func(order) error {
		for {
			go func() { select {} }()
		}
	},
	"deadlock": func(order) error { select {} },
	"garbage": func(order) error {
		for {
			sink = [][]byte{make([]byte, 1<<16), make([]byte, 1)}
		}
	},
	"flood": func(o order) error {
		for {
			out := os.Stdout
			if o.Text == "stderr" {
				out = os.Stderr
			}
			fmt.Fprintln(out, strings.Repeat("x", 1000))
		}
	},
	"environment": func(order) error {
		folder, err := os.Getwd()
		fmt.Println(folder, strings.Join(os.Environ(), " "), strings.Join(os.Args, " "))
		return err
	},
	"random": func(order) error {
		b := make([]byte, 16)
		rand.Read(b)
		fmt.Printf("%x", b)
		return nil
	},
	"clocks": func(o order) error {
		for range o.N {
			time.Now()
		}
		return nil
	},
	"randomness": func(o order) error {
		b := make([]byte, 8192)
		for range o.N {
			rand.Read(b)
		}
		return nil
	},
	"clock": func(order) error { fmt.Print(time.Now().Unix()); return nil },
	"read": func(o order) error {
		content, err := os.ReadFile(o.Path)
		os.Stdout.Write(content)
		return err
	},
	"pieces": func(o order) error {
		f, err := os.Open(o.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		b := make([]byte, 64<<10)
		if size, err := strconv.Atoi(o.Text); err == nil {
			b = make([]byte, size)
		}
		for range o.N {
			if _, err := f.ReadAt(b, 0); err != nil && err != io.EOF {
				return err
			}
		}
		return nil
	},
	"sip": func(o order) error { // a file N bytes at a time, and write Text to To after the first; or wait after the second
		f, err := os.Open(o.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		b := make([]byte, o.N)
		for i := 0; ; i++ {
			n, err := f.Read(b)
			os.Stdout.Write(b[:n])
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			switch {
			case i == 1 && o.To == "wait":
				time.Sleep(300 * time.Millisecond)
			case i == 0 && o.To != "" && o.To != "wait":
				w, err := os.OpenFile(o.To, os.O_WRONLY, 0)
				if err != nil {
					return err
				}
				if _, err := w.WriteAt([]byte(o.Text), 0); err != nil {
					return err
				}
				if err := w.Close(); err != nil {
					return err
				}
			}
		}
	},
	"stream": func(o order) error { // a file, and say how long it was
		f, err := os.Open(o.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		b := make([]byte, 1<<20)
		total := 0
		for {
			n, err := f.Read(b)
			total += n
			if err == io.EOF {
				fmt.Print(total)
				return nil
			}
			if err != nil {
				return err
			}
		}
	},
	"write": func(o order) error { return os.WriteFile(o.Path, []byte(o.Text), 0o600) },
	"save": func(o order) error { // and say how it went
		err := os.WriteFile(o.Path, []byte(o.Text), 0o600)
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"error": fmt.Sprint(err)})
	},
	"leave": func(o order) error { // a file open that was written, say what it holds, and exit with N, or never
		f, err := os.Create(o.Path)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(o.Text); err != nil {
			return err
		}
		content, err := os.ReadFile(o.Path)
		if err != nil {
			return err
		}
		json.NewEncoder(os.Stdout).Encode(map[string]any{"content": string(content)})
		for o.N < 0 {
		}
		os.Exit(o.N)
		return f.Close()
	},
	"fill":   func(o order) error { return os.WriteFile(o.Path, make([]byte, o.N), 0o600) },
	"rename": func(o order) error { return os.Rename(o.Path, o.To) },
	"mkdir":  func(o order) error { return os.Mkdir(o.Path, 0o700) },
	"link": func(o order) error { // and say what it says
		if err := os.Symlink(o.To, o.Path); err != nil {
			return err
		}
		says, err := os.Readlink(o.Path)
		fmt.Print(says)
		return err
	},
	"remove": func(o order) error { return os.Remove(o.Path) },
	"touch":  func(o order) error { return os.Chtimes(o.Path, time.Time{}, time.Unix(int64(o.N), 0)) },
	"append": func(o order) error {
		f, err := os.OpenFile(o.Path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(o.Text); err != nil {
			return err
		}
		return f.Close()
	},
	"list": func(o order) error {
		entries, err := os.ReadDir(o.Path)
		for _, e := range entries {
			fmt.Println(e.Name(), e.IsDir())
		}
		return err
	},
	"walk": func(o order) error {
		return filepath.WalkDir(o.Path, func(path string, _ os.DirEntry, err error) error {
			fmt.Println(path)
			return err
		})
	},
	"stat": func(o order) error {
		info, err := os.Stat(o.Path)
		if err == nil {
			fmt.Println(info.Name(), info.Size(), info.IsDir())
		}
		return err
	},
	"hold": func(o order) error { // a file open, and says how often it could read it since it began to list the folder To
		f, err := os.Open(o.Path)
		if err != nil {
			return err
		}
		if _, err := f.ReadAt(make([]byte, 1), 0); err != nil {
			return err
		}
		_, _ = os.ReadDir(o.To)
		for n := 0; ; n++ {
			if _, err := f.ReadAt(make([]byte, 1), 0); err != nil {
				return json.NewEncoder(os.Stdout).Encode(map[string]any{"reads": n, "error": err.Error()})
			}
		}
	},
	"fetch":  fetch,
	"insist": insist,
	"open": func(o order) error {
		var open []*os.File
		for range o.N {
			f, err := os.Open(o.Path)
			if err != nil {
				return err
			}
			open = append(open, f)
		}
		fmt.Print(len(open))
		return nil
	},
}
