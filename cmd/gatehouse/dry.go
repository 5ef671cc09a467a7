package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/skill"
)

// The bounds of the answers of one dry run: what one request to the host can carry, in files and folders and in bytes.
const (
	mostAnswers     = 1000
	mostAnswerBytes = 8 << 20
)

// readAnswers reads the files in dir, which stands for the workspace. They go to the host as contents: it would read
// no folder for whoever reaches its socket. A link is refused, so that they come from dir and from nowhere else.
func readAnswers(dir string) (map[string][]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, badAnswers("the answers cannot be read: %v", err)
	}
	defer root.Close()
	answers, entries, bytes := map[string][]byte{}, 0, 0
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		entries++
		switch {
		case err != nil:
			return err
		case entries > mostAnswers:
			return badAnswers("%q has more than %d files and folders", dir, mostAnswers)
		case e.IsDir():
			return nil
		case !e.Type().IsRegular() || !utf8.ValidString(name):
			return badAnswers("%q in the answers is a link, no regular file, or no text", name)
		}
		content, err := readUpTo(root, name, mostAnswerBytes-bytes+1)
		if bytes += len(content); bytes > mostAnswerBytes {
			return badAnswers("the files in %q are larger than %v together", dir, skill.Size(mostAnswerBytes))
		}
		answers["/workspace/"+name] = content
		return err
	})
	var known *host.Error
	if err != nil && !errors.As(err, &known) {
		err = badAnswers("the answers cannot be read: %v", err)
	}
	return answers, err
}

func readUpTo(root *os.Root, name string, most int) ([]byte, error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, int64(most)))
}

func badAnswers(format string, values ...any) error {
	return &host.Error{Code: host.CodeInput, Message: fmt.Sprintf(format, values...),
		Hint: "--answers is a small folder of plain files that stands for the workspace"}
}

// tellDry prints for a person what a dry run found.
func tellDry(w io.Writer, result api.CallResult) {
	d := result.Dry
	fmt.Fprint(w, "nothing of this was done, and nobody was asked\n\nit asked for\n")
	for _, wish := range d.Wishes {
		times := ""
		if wish.Times > 1 {
			times = fmt.Sprintf(", %d times", wish.Times)
		}
		fmt.Fprintf(w, "  %s\n    %s%s\n", visible(wish.Grant), visible(wish.Sentence), times)
	}
	if len(d.Wishes) == 0 {
		fmt.Fprintln(w, "  nothing")
	}
	if d.More > 0 {
		fmt.Fprintf(w, "  and %d times for something else\n", d.More)
	}
	tellLines(w, "its manifest lacks", d.Missing)
	tellLines(w, "its manifest has, and this run did not use", d.Unused)
	fmt.Fprintf(w, "\na manifest for this run has\n%s,\n%s\n", section("requires", d.Requires), section("optional", d.Optional))
	if d.Failed == nil {
		fmt.Fprintf(w, "\nit answered\n%s\n", visibleJSON(pretty(result.Output)))
		return
	}
	fmt.Fprintf(w, "\nit did not end well (%s): %s\n", d.Failed.Code, visible(d.Failed.Detail))
	if d.Failed.Said != "" {
		fmt.Fprintf(w, "the skill's own words: %s\n", visible(d.Failed.Said))
	}
	fmt.Fprintln(w, "a dry run has the files of --answers; without it every file is there, and empty")
}

func tellLines(w io.Writer, title string, lines []api.GrantLine) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for _, l := range lines {
		fmt.Fprintf(w, "  %s\n    %s\n", visible(l.Grant), visible(l.Sentence))
	}
}

// section is lines as they stand in a manifest.
func section(name string, lines []skill.Wish) string {
	text, err := json.MarshalIndent(lines, "  ", "  ")
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("  %q: %s", name, visibleJSON(string(text)))
}
