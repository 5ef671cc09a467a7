// Command tour performs the main job in real windows on a desktop that nobody sits at, answers through the
// accessibility tree as a screen reader's user would, and says each step. `make run` runs it where there is neither a
// display nor a terminal.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/internal/trip"
)

const letter = "Dear reader,\n\nthis file was opened after you said so.\n"

func main() {
	program := flag.String("program", "bin/gatehouse", "the console program")
	picture := flag.String("picture", "bin/ask.png", "where the picture of the question goes")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := tour(ctx, *program, *picture); err != nil {
		fmt.Fprintf(os.Stderr, "tour: %v\n", err)
		os.Exit(1)
	}
}

func say(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) }

// tour fails unless the call paused, was granted, and returned the file's real content.
func tour(ctx context.Context, program, picture string) error {
	fmt.Println("a person, an agent's call, and a file that was not given:")
	t, err := trip.New(ctx, program)
	if err != nil {
		return err
	}
	defer t.Close()
	if err := t.Write("letter.txt", letter); err != nil {
		return err
	}
	say("a desktop of its own is running, and a folder with letter.txt in it")
	if err := t.Open(ctx); err != nil {
		return err
	}
	say("gatehouse open: the host is up, with its window")
	call, err := t.Start(ctx, "run", "files", "read", "--input", `{"path":"letter.txt"}`, "--json")
	if err != nil {
		return err
	}
	say(`gatehouse run files read: the call is on its way`)
	if err := t.Asked(ctx, filepath.Base(t.Folder)); err != nil {
		return err
	}
	say("asked: may files work in this folder?")
	if err := t.Press(ctx, "button", "Allow"); err != nil {
		return err
	}
	say("answered: Allow")
	if err := t.Asked(ctx, "letter.txt"); err != nil {
		return err
	}
	say("asked: Read letter.txt? The call waits inside its open")
	if err := shoot(ctx, t, picture); err != nil {
		return err
	}
	if err := t.Press(ctx, "button", "Allow once"); err != nil {
		return err
	}
	say("answered: Allow once")
	outcome, err := call.Wait()
	if err != nil {
		return err
	}
	if outcome.Exit != 0 || !strings.Contains(outcome.Out, "this file was opened after you said so.") {
		return fmt.Errorf("the call ended with %d and not with the letter: %s%s", outcome.Exit, outcome.Out, outcome.Err)
	}
	say("the same call went on, and returned what the file holds")
	fmt.Printf("the question, as it was on the screen: %s\n", picture)
	return nil
}

func shoot(ctx context.Context, t *trip.Trip, picture string) error {
	path, err := filepath.Abs(picture)
	if err != nil {
		return err
	}
	if _, err := t.Ready(ctx, "button", "Allow once"); err != nil {
		return err
	}
	return t.Desk.Screenshot(ctx, path, trip.Ask)
}
