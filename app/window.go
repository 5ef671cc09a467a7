package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// ErrNoDisplay is returned by Run when there is no display to open a window on.
var ErrNoDisplay = errors.New("no window can be opened: there is no display, or it refuses this program")

// closing bounds how long the host may take to note that ask was closed.
const closing = 5 * time.Second

// Run shows the role's window with pages (see NewDoor) and icon, a PNG, and
// blocks until it was closed. It must run on the main goroutine. When the
// connection to the host ends, Run ends the process at once and does not
// return: nothing is kept here that could be lost.
//
// The window is there from the start and its close button ends the program. Ask
// starts hidden, and closing it hides it and tells the host, which denies the
// question that was shown. ErrNoDisplay is returned where no window can be
// opened. See docs/architecture.md, "Five kinds of process".
func Run(role Role, pages fs.FS, icon []byte, host *Host) (err error) {
	defer noDisplay(&err)
	keepPrivate()
	go func() {
		<-host.Ended()
		os.Exit(0)
	}()
	var follow sync.Once // the page can be loaded again
	door := NewDoor(role, pages, host)
	window := &options.App{
		Title: "Gatehouse",
		Width: 1120, Height: 760, MinWidth: 720, MinHeight: 520,
		AssetServer: &assetserver.Options{Handler: door},
		// Not OnStartup: Wails hides a window that starts hidden only after that.
		OnDomReady: func(ctx context.Context) {
			follow.Do(func() {
				if role == Ask {
					door.OnPick(func(title, folder string) (string, error) { return pick(ctx, title, folder) })
				}
				system := &bus{ctx: ctx}
				notices := &Notices{System: system}
				go host.Follow(ctx, func(v View) {
					show(ctx, v)
					system.visible.Store(v.Visible)
					notices.Follow(v)
				})
			})
		},
		LogLevelProduction: logger.ERROR,
		Linux: &linux.Options{
			Icon:             icon,
			ProgramName:      "gatehouse-window",
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
		},
	}
	if role == Ask {
		asAsk(window, host)
	}
	return wails.Run(window)
}

// noDisplay turns Wails' panic on Linux into an error.
func noDisplay(err *error) {
	switch reason := recover(); {
	case reason == nil:
	case fmt.Sprint(reason) == "failed to init GTK":
		*err = ErrNoDisplay
	default:
		panic(reason)
	}
}

// asAsk makes the window into ask's.
func asAsk(window *options.App, host *Host) {
	const width, height = 560, 640
	window.Title = "Gatehouse asks"
	window.Width, window.MinWidth, window.MaxWidth = width, width, width
	window.Height, window.MinHeight, window.MaxHeight = height, height, height
	window.DisableResize = true
	window.StartHidden = true
	window.AlwaysOnTop = true // in sight without the keyboard; below the others it would not be
	window.OnStartup = func(context.Context) { mindManners() }
	window.OnBeforeClose = func(ctx context.Context) (prevent bool) {
		runtime.WindowHide(ctx)
		ctx, cancel := context.WithTimeout(ctx, closing)
		defer cancel()
		if err := host.Closed(ctx); err != nil {
			runtime.WindowShow(ctx) // the question is still open, so it stays in sight
		}
		return true
	}
}

func show(ctx context.Context, v View) {
	if v.Title != "" {
		runtime.WindowSetTitle(ctx, v.Title)
	}
	if !v.Visible {
		runtime.WindowHide(ctx)
		return
	}
	runtime.WindowShow(ctx)
	if v.Raise {
		raise(ctx)
	}
}

// raise brings the window to the front with the focus, because the person asked for it.
func raise(ctx context.Context) {
	runtime.WindowShow(ctx)
	runtime.WindowUnminimise(ctx) // on Linux this alone brings to the front
}

// pick opens the system's dialog for one file.
func pick(ctx context.Context, title, folder string) (string, error) {
	return runtime.OpenFileDialog(ctx, runtime.OpenDialogOptions{Title: title, DefaultDirectory: folder, ShowHiddenFiles: true})
}
