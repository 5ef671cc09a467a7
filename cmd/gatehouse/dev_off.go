//go:build !dev

package main

import (
	"time"

	"github.com/spf13/cobra"

	"gatehouse/audit"
	"gatehouse/secrets"
)

// addDev adds nothing: the listener for tests is not in this program.
func addDev(*console, *cobra.Command) {}

// keyringFor is the person's keyring, as far as it is about the state folder root.
func keyringFor(root string) audit.Keeper { return secrets.Keyring{Service: "Gatehouse in " + root} }

// patience is as long as the bridge thinks.
func patience() time.Duration { return 0 }

// idleExit is how long a host lives without anything to do.
func idleExit() time.Duration { return usualIdle }
