// Gatehouse-window is the window program: the host starts it as the window, and
// with --ask as the program that alone may answer a question. Started without a
// host, by a double click, it runs `gatehouse open` beside it and ends.
package main

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"gatehouse/app"
)

//go:embed all:frontend/dist
var frontend embed.FS

//go:embed build/appicon.png
var icon []byte

func main() {
	ask := flag.Bool("ask", false, "be the program that asks (only the host starts it so)")
	flag.Parse()
	if err := run(*ask); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse-window:", err)
		os.Exit(1)
	}
}

func run(ask bool) error {
	role := app.Window
	if ask {
		role = app.Ask
	}
	host, err := app.Inherit(role)
	if errors.Is(err, app.ErrNoHost) && role == app.Window {
		return app.Open()
	}
	if err != nil {
		return err
	}
	pages, err := fs.Sub(frontend, "frontend/dist")
	if err != nil {
		return err
	}
	return app.Run(role, pages, icon, host)
}
