// Uses files in every way that Go's library has, with names relative to where it starts, and prints what comes of it.
package main

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

func said(what string, err error) {
	word := "another error"
	switch {
	case err == nil:
		word = "fine"
	case errors.Is(err, fs.ErrNotExist):
		word = "missing"
	case errors.Is(err, fs.ErrExist):
		word = "exists"
	case errors.Is(err, fs.ErrPermission):
		word = "no permission"
	case errors.Is(err, os.ErrClosed):
		word = "closed"
	}
	fmt.Printf("%s: %s\n", what, word)
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func show(name string) {
	b, err := os.ReadFile(name)
	said(fmt.Sprintf("%s %q", name, b), err)
}

func walk() {
	must(filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		must(err)
		info, err := d.Info()
		must(err)
		size := info.Size()
		if d.IsDir() {
			size = 0
		}
		fmt.Println(name, d.IsDir(), size)
		return nil
	}))
}

// words counts words in many files, and packs and unpacks them.
func words() {
	must(os.Mkdir("texts", 0o755))
	n := uint32(1)
	for i := range 100 {
		f, err := os.Create(fmt.Sprintf("texts/%02d.txt", i))
		must(err)
		w := bufio.NewWriter(f)
		for range 500 {
			n = n*1664525 + 1013904223
			fmt.Fprintf(w, "word%d ", n>>24)
		}
		must(w.Flush())
		must(f.Close())
	}
	counts := map[string]int{}
	names, err := filepath.Glob("texts/*.txt")
	must(err)
	for _, name := range names {
		f, err := os.Open(name)
		must(err)
		s := bufio.NewScanner(f)
		s.Split(bufio.ScanWords)
		for s.Scan() {
			counts[s.Text()]++
		}
		must(s.Err())
		must(f.Close())
	}
	var all []string
	for w := range counts {
		all = append(all, fmt.Sprintf("%s=%d", w, counts[w]))
	}
	sort.Strings(all)
	fmt.Println(len(names), "files", len(all), "words", strings.Join(all[:5], " "))
	packed(names)
}

func packed(names []string) {
	f, err := os.OpenFile("texts.zip", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	must(err)
	z := zip.NewWriter(f)
	for _, name := range names {
		w, err := z.Create(name)
		must(err)
		b, err := os.ReadFile(name)
		must(err)
		_, err = w.Write(b)
		must(err)
	}
	must(z.Close())
	size, err := f.Seek(0, io.SeekEnd)
	must(err)
	r, err := zip.NewReader(f, size)
	must(err)
	h := sha256.New()
	for _, e := range r.File {
		open, err := e.Open()
		must(err)
		_, err = io.Copy(h, open)
		must(err)
		must(open.Close())
	}
	must(f.Close())
	fmt.Printf("%d packed files hash to %x\n", len(r.File), h.Sum(nil))
}

func main() {
	must(os.MkdirAll("a/b", 0o755))
	must(os.WriteFile("a/one", []byte("the first"), 0o644))
	must(os.WriteFile("a/b/two", nil, 0o644))
	f, err := os.OpenFile("a/one", os.O_APPEND|os.O_WRONLY, 0)
	must(err)
	_, err = f.WriteString(" and more")
	must(err)
	must(f.Close())
	said("closing twice", f.Close())
	show("a/one")
	show("none")
	must(os.Truncate("a/one", 3))
	show("a/one")
	must(os.Symlink("one", "a/link"))
	says, err := os.Readlink("a/link")
	fmt.Println(says, err)
	show("a/link")
	info, err := os.Lstat("a/link")
	must(err)
	fmt.Println(info.Mode().Type())
	same, err := os.Stat("a/link")
	must(err)
	one, err := os.Stat("a/one")
	must(err)
	fmt.Println("the same file:", os.SameFile(same, one))
	must(os.Chtimes("a/one", time.Unix(1e9, 0), time.Unix(1e9, 500)))
	one, err = os.Stat("a/one")
	must(err)
	fmt.Println("touched", one.ModTime().UTC())
	walk()
	said("making it again", os.Mkdir("a", 0o755))
	said("removing a full folder", os.Remove("a"))
	_, err = os.ReadDir("none")
	said("listing what is missing", err)
	must(os.Remove("a/link"))
	said("renaming", os.Rename("a/one", "a/b/one"))
	said("renaming a folder", os.Rename("a/b", "c"))
	show("c/one")
	words()
	must(os.RemoveAll("texts"))
	t, err := os.CreateTemp(".", "temporary-*")
	must(err)
	must(t.Close())
	must(os.Remove(t.Name()))
	walk()
}
