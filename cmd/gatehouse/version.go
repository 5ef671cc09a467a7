package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

// version is this release's; the build may set it.
var version = "0.1.0"

func (c *console) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"version": version, "go": runtime.Version(), "system": runtime.GOOS + "/" + runtime.GOARCH}
			return c.print(v, func(w io.Writer) { fmt.Fprintf(w, "gatehouse %s (%s, %s)\n", v["version"], v["go"], v["system"]) })
		},
	}
}
