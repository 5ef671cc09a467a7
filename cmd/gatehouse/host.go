package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/home"
	"gatehouse/host"
	"gatehouse/host/api"
	"gatehouse/store"
	"gatehouse/worker"
)

func (c *console) hostCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "host",
		Short: "run the host in this terminal; commands start one by themselves",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.host(cmd.Context(), nil) },
	}
	addDev(c, cmd)
	cmd.AddCommand(
		&cobra.Command{Use: "status", Short: "say whether a host runs and what it does", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.hostStatus(cmd.Context()) }},
		&cobra.Command{Use: "stop", Short: "end the host; calls in flight are cancelled, nothing is granted", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.hostStop(cmd.Context()) }},
		&cobra.Command{Use: "pause", Short: "let every call wait, and ask nothing, until you let them go on", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.hostSays(cmd.Context(), "/api/pause", "everything is paused")
			}},
		&cobra.Command{Use: "resume", Short: "ask in Gatehouse's window whether everything may go on", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.hostSays(cmd.Context(), "/api/resume", "everything goes on")
			}},
	)
	return cmd
}

// host is elected by the database's lock and serves until it is stopped or idle. Losing the election is no error: the
// one that won serves. With a listener for tests, dev gets the host before it serves.
func (c *console) host(ctx context.Context, dev func(*shared) error) error {
	paths, err := c.paths()
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, paths)
	if errors.Is(err, store.ErrLocked) {
		fmt.Fprintln(c.err, "gatehouse: another host is running already")
		return nil
	}
	if err != nil {
		return unusable(err)
	}
	defer db.Close()
	if err := home.Harden(); err != nil {
		return fmt.Errorf("closing this process to others: %w", err)
	}
	_, hello, err := greeting("host")
	if err != nil {
		return err
	}
	h, err := assemble(paths, db)
	if err != nil {
		return err
	}
	defer h.close()
	listener, err := home.Listen(paths, hello)
	if err != nil {
		return err
	}
	if dev != nil {
		if err := dev(h); err != nil {
			return err
		}
	}
	return h.serve(ctx, listener)
}

// unusable is the error for a database or a record that cannot be used.
func unusable(err error) error {
	return &host.Error{Code: host.CodeStorage, Message: err.Error(), Hint: hintOf(err)}
}

// lockPatience is how long a host waits for one that is ending to give up the database.
const lockPatience = 3 * time.Second

// openDatabase opens the database. Where another process holds it and answers, that one is the host: store.ErrLocked.
// Where nobody answers yet or any more, the holder is starting or ending, and its lock is waited for.
func openDatabase(ctx context.Context, paths home.Paths) (*store.DB, error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		db, err := store.Open(paths.Database)
		if !errors.Is(err, store.ErrLocked) {
			return db, err
		}
		_, hello, failed := greeting("cli")
		if failed != nil {
			return nil, failed
		}
		if conn, none := home.Dial(ctx, paths, hello); none == nil {
			conn.Close()
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

func (c *console) hostStatus(ctx context.Context) error {
	cl, err := c.connectRunning(ctx)
	if err != nil {
		return err
	}
	var status api.Status
	if err := cl.get(ctx, "/api/status", &status); err != nil {
		return err
	}
	return c.print(status, func(w io.Writer) {
		fmt.Fprintf(w, "host %s, up since %s\nstate in %s\n%d skills, %d calls running, %d questions waiting\n",
			status.Version, time.UnixMilli(status.Started).Format(time.DateTime), status.Home, status.Skills, status.Running, status.Waiting)
		if status.Parked > 0 {
			fmt.Fprintf(w, "%d questions of calls that are gone rest in the inbox\n", status.Parked)
		}
		if status.Paused {
			fmt.Fprintln(w, "everything is paused: gatehouse host resume")
		}
	})
}

// hostSays tells the host something, starting it if there is none, and prints done when it has happened.
func (c *console) hostSays(ctx context.Context, path, done string) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	if err := cl.post(ctx, path, nil, nil); err != nil {
		return err
	}
	return c.print(map[string]string{"done": done}, func(w io.Writer) { fmt.Fprintln(w, done) })
}

func (c *console) hostStop(ctx context.Context) error {
	cl, err := c.connectRunning(ctx)
	if errors.Is(err, home.ErrNoHost) {
		fmt.Fprintln(c.err, "gatehouse: no host is running")
		return nil
	}
	if err != nil {
		return err
	}
	if err := cl.post(ctx, "/api/stop", nil, nil); err != nil {
		return err
	}
	cl.gone(ctx)
	return nil
}

func (c *console) workerCommand() *cobra.Command {
	return &cobra.Command{
		Use: "worker", Hidden: true, Args: cobra.NoArgs,
		Short: "run guests for the host that started it",
		RunE: func(cmd *cobra.Command, _ []string) error {
			conn, err := worker.Inherited()
			if err != nil {
				return &host.Error{Code: host.CodeInput, Message: "a worker is started by the host and by nobody else", Hint: "gatehouse run --help"}
			}
			return worker.Serve(cmd.Context(), conn)
		},
	}
}
