package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/audit"
	"gatehouse/host"
)

func (c *console) auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "the record of what was asked, decided and done", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var limit int
	list := &cobra.Command{Use: "list", Short: "list the record, the newest line first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.auditList(cmd.Context(), fmt.Sprintf("limit=%d", limit))
		}}
	list.Flags().IntVar(&limit, "limit", 50, "how many lines, at most 1000")
	show := &cobra.Command{Use: "show CALL", Short: "show what happened in one call, from its beginning", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.auditShow(cmd.Context(), args[0]) }}
	var after uint64
	verify := &cobra.Command{
		Use: "verify", Short: "check that the record is as it was written, and name the first line that is not",
		Long: "Verify reads the whole record and checks that every line follows from the one before, up to the signed head.\n" +
			"It reads the files itself, whether a host runs or not, and changes nothing.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.auditVerify(after) },
	}
	verify.Flags().Uint64Var(&after, "after", 0, "overlook what is wrong up to the line with this number")
	cmd.AddCommand(list, show, verify)
	return cmd
}

func (c *console) auditList(ctx context.Context, query string) error {
	records, err := c.records(ctx, query)
	if err != nil {
		return err
	}
	return c.print(records, func(out io.Writer) { printRecords(out, records) })
}

func (c *console) auditShow(ctx context.Context, call string) error {
	records, err := c.records(ctx, "limit=1000&call="+url.QueryEscape(call))
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return &host.Error{Code: host.CodeNotFound, Message: fmt.Sprintf("the record has no call %q", call), Hint: "gatehouse audit list --json"}
	}
	slices.Reverse(records)
	return c.print(records, func(out io.Writer) {
		printRecords(out, records)
		for _, r := range records {
			if r.Kind == audit.KindResult {
				printUsage(out, r)
			}
		}
	})
}

// printUsage says what a call took.
func printUsage(out io.Writer, r audit.Record) {
	took := []string{
		fmt.Sprintf("ran %s", milliseconds(r.RunningMs)), fmt.Sprintf("waited %s", milliseconds(r.WaitingMs)),
		fmt.Sprintf("%s of memory", megabytes(r.Memory)), fmt.Sprintf("%d units of fuel", r.Fuel),
		fmt.Sprintf("read %d and wrote %d bytes of files, %d open at once", r.ReadBytes, r.WrittenBytes, r.Files),
		fmt.Sprintf("answered %d bytes", r.OutputBytes), fmt.Sprintf("wrote %d bytes to output and errors", r.Wrote),
		fmt.Sprintf("asked the host %d times", r.Asked),
	}
	if r.ThrottledMs > 0 {
		took = append(took, fmt.Sprintf("rested %s to keep to its share of the processor", milliseconds(r.ThrottledMs)))
	}
	if r.Interpreted != "" {
		took = append(took, "was interpreted and not compiled: "+visible(r.Interpreted))
	}
	fmt.Fprintln(out, "it "+strings.Join(took, "; "))
}

func milliseconds(ms float64) string {
	return time.Duration(ms * float64(time.Millisecond)).Round(100 * time.Microsecond).String()
}

func (c *console) records(ctx context.Context, query string) ([]audit.Record, error) {
	cl, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	var body struct {
		Records []audit.Record `json:"records"`
	}
	return body.Records, cl.get(ctx, "/api/audit?"+query, &body)
}

func printRecords(out io.Writer, records []audit.Record) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, r := range records {
		what := r.Grant
		if what == "" {
			what = r.Tool
		}
		result := string(r.Verdict) + " " + r.Rule
		switch {
		case r.Kind == audit.KindSent:
			result = sent(r)
		case r.Kind == audit.KindResult && r.Outcome == "":
			result = "done"
		case r.Outcome != "":
			result = r.Outcome
		}
		if r.Count > 0 {
			result += fmt.Sprintf(" (%d times more)", r.Count)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Time.Local().Format(time.DateTime), r.Kind,
			visible(r.Subject.Client), visible(r.Subject.Skill), visible(what), visible(result))
	}
}

// auditVerify reads the files of the record itself, so that it works where no host can.
func (c *console) auditVerify(after uint64) error {
	paths, err := c.paths()
	if err != nil {
		return err
	}
	report, err := audit.Verify(paths.Audit, recordKeys(paths), after)
	if err != nil {
		return unusable(err)
	}
	if err := c.print(report, func(out io.Writer) { printReport(out, report) }); err != nil || report.Bad == nil {
		return err
	}
	bad := report.Bad
	place := bad.Part
	if bad.Line > 0 {
		place += fmt.Sprintf(", line %d", bad.Line)
	}
	return &host.Error{Code: host.CodeStorage, Message: fmt.Sprintf("the record is not as it was written: %s (number %d): %s", place, bad.Seq, bad.Said),
		Hint: fmt.Sprintf("docs/record.md says what it can mean; once you looked into it, 'gatehouse audit verify --after %d' checks what came later", bad.Seq)}
}

func printReport(out io.Writer, r audit.Report) {
	if r.Bad == nil && r.Lines == 0 {
		fmt.Fprintln(out, "nothing is recorded yet")
	} else if r.Bad == nil {
		fmt.Fprintf(out, "the record is whole: lines %d to %d, in %d files\n", r.First, r.Last, r.Parts)
	}
	if r.Kept != "" {
		fmt.Fprintf(out, "signed up to line %d on %s, %s\n", r.Signed, r.Time.Local().Format(time.DateTime), keptIn(r.Kept))
	}
	if r.Before > 0 {
		fmt.Fprintf(out, "%d of its lines are from before lines were chained\n", r.Before)
	}
	if r.Removed > 0 {
		fmt.Fprintf(out, "the lines up to %d were removed to make room\n", r.Removed)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(out, "note: %s\n", visible(note))
	}
}

func keptIn(kept string) string {
	if kept == audit.KeptInKeyring {
		return "with a key in your keyring"
	}
	return "with a key in a file, since no keyring could be reached"
}
