package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"gatehouse/permissions"
)

// Bounds of clients: they are made one by one, by a person.
const (
	mostClients = 200
	// noteSeenEvery is how often it is written down that a client was seen.
	noteSeenEvery = time.Minute
)

// ErrClient is returned, wrapped, for a client that cannot be kept: its name is taken, reserved, or none.
var ErrClient = errors.New("no such client can be kept")

// Client is one program that a person connected. All of it was found or chosen by the host and the person, and nothing is
// the client's own word.
type Client struct {
	// Name is how people see it, and whom decisions are for.
	Name string `json:"name"`
	// Kind is the kind of program, such as "claude-code".
	Kind string `json:"kind"`
	// Workspace is the folder that is proposed for its calls; empty for none. Profile is the name of its profile.
	Workspace string    `json:"workspace,omitempty"`
	Profile   string    `json:"profile,omitempty"`
	Made      time.Time `json:"made"`
	// Seen is when it last came with its token, to a minute; zero for never.
	Seen time.Time `json:"seen,omitzero"`
	// Config is what was written for it.
	Config ClientConfig `json:"config,omitzero"`
}

// ClientConfig is the configuration file in which a client's token stands.
type ClientConfig struct {
	// File is its real path, Backup that of the file as it was before; empty where there was none.
	File   string `json:"file,omitempty"`
	Backup string `json:"backup,omitempty"`
	// Written is the hexadecimal SHA-256 of what was written.
	Written string `json:"written,omitempty"`
}

// keptClient is a Client as the database has it.
type keptClient struct {
	Client
	Token []byte `json:"token"` // its hash
}

// Clients are the connected clients. Of a token only the hash is kept. They do not decide who may be connected.
type Clients struct {
	bolt *disk
	now  func() time.Time
}

// Clients returns the connected clients.
func (db *DB) Clients() *Clients { return &Clients{db.bolt, db.now} }

// NewToken makes the token of a client: 256 random bits as text.
func NewToken() string {
	var bits [32]byte
	rand.Read(bits[:])
	return "ghc_" + base64.RawURLEncoding.EncodeToString(bits[:])
}

func hashOfToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

var clientName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,38}[A-Za-z0-9])?$`)

// reserved are the names of those that are no connected clients.
var reserved = []string{"terminal", "playground", "unknown", "window", "gatehouse"}

// CheckClientName returns an error, ErrClient, for what cannot be a client's name. Names that differ in case alone are one.
func CheckClientName(name string) error {
	switch {
	case !clientName.MatchString(name):
		return &plainError{fmt.Sprintf("%q cannot be a client's name", name), "it has up to 40 letters, digits, spaces, dots, dashes and underscores", ErrClient}
	case slices.Contains(reserved, strings.ToLower(name)):
		return &plainError{fmt.Sprintf("%q is a name that Gatehouse uses itself", name), "give it another: --name NAME", ErrClient}
	}
	return nil
}

func clientKey(name string) []byte { return []byte(strings.ToLower(name)) }

// Keep keeps a client with its token and returns it once it is on disk. One of the same name is replaced, and its token
// is none from then on. It returns ErrClient where the name cannot be one.
func (c *Clients) Keep(client Client, token string) (Client, error) {
	if err := CheckClientName(client.Name); err != nil {
		return Client{}, err
	}
	client.Made, client.Seen = c.now().UTC().Round(0), time.Time{}
	kept := keptClient{client, hashOfToken(token)}
	err := c.bolt.decide(func(tx *bbolt.Tx) error {
		clients, tokens := tx.Bucket(clientsBucket), tx.Bucket(tokensBucket)
		was, err := findClient(tx, client.Name)
		switch {
		case errors.Is(err, permissions.ErrNotFound):
			if n := clients.Stats().KeyN; n >= mostClients {
				return &plainError{fmt.Sprintf("There are %d clients already", n), "remove some: gatehouse mcp clients", ErrClient}
			}
		case err != nil:
			return err
		default:
			if err := tokens.Delete(was.Token); err != nil {
				return err
			}
		}
		if err := tokens.Put(kept.Token, clientKey(client.Name)); err != nil {
			return err
		}
		return putClient(tx, kept)
	})
	if err != nil {
		return Client{}, fmt.Errorf("keeping client %q: %w", client.Name, err)
	}
	return client, nil
}

// Lookup returns the client with this token, and notes that it was seen; permissions.ErrNotFound for a token that is
// nobody's.
func (c *Clients) Lookup(token string) (Client, error) {
	var kept keptClient
	err := c.bolt.View(func(tx *bbolt.Tx) error {
		key := tx.Bucket(tokensBucket).Get(hashOfToken(token))
		if key == nil {
			return permissions.ErrNotFound
		}
		var err error
		kept, err = findClient(tx, string(key))
		return err
	})
	if err != nil {
		return Client{}, fmt.Errorf("looking a client up: %w", err)
	}
	if now := c.now(); now.Sub(kept.Seen) >= noteSeenEvery {
		// What cannot be noted is lost: the client is who it is all the same.
		_, _ = c.change(kept.Name, func(c *Client) { c.Seen = now.UTC().Round(0) })
	}
	return kept.Client, nil
}

// Find returns the client of this name; permissions.ErrNotFound where there is none.
func (c *Clients) Find(name string) (client Client, err error) {
	err = c.bolt.View(func(tx *bbolt.Tx) error {
		kept, err := findClient(tx, name)
		client = kept.Client
		return err
	})
	return client, err
}

// Owner returns the name of the client whose token this is, without noting anything; empty for nobody's.
func (c *Clients) Owner(token string) (name string) {
	_ = c.bolt.View(func(tx *bbolt.Tx) error {
		key := tx.Bucket(tokensBucket).Get(hashOfToken(token))
		if key == nil {
			return nil
		}
		kept, err := findClient(tx, string(key))
		name = kept.Name
		return err
	})
	return name
}

// List returns every client, by name.
func (c *Clients) List() (all []Client, err error) {
	err = c.bolt.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(clientsBucket).ForEach(func(_, value []byte) error {
			kept, err := decodeClient(value)
			all = append(all, kept.Client)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing clients: %w", err)
	}
	return all, nil
}

// SetProfile binds the client to a profile, empty for none; permissions.ErrNotFound where there is no such client.
func (c *Clients) SetProfile(name, profile string) (Client, error) {
	return c.change(name, func(c *Client) { c.Profile = profile })
}

func (c *Clients) change(name string, do func(*Client)) (client Client, err error) {
	err = c.bolt.decide(func(tx *bbolt.Tx) error {
		kept, err := findClient(tx, name)
		if err != nil {
			return err
		}
		do(&kept.Client)
		client = kept.Client
		return putClient(tx, kept)
	})
	if err != nil {
		return Client{}, fmt.Errorf("changing client %q: %w", name, err)
	}
	return client, nil
}

// Remove takes the client away, with its token, and returns it once that is on disk; permissions.ErrNotFound where there
// is none.
func (c *Clients) Remove(name string) (client Client, err error) {
	err = c.bolt.decide(func(tx *bbolt.Tx) error {
		kept, err := findClient(tx, name)
		if err != nil {
			return err
		}
		client = kept.Client
		return errors.Join(tx.Bucket(tokensBucket).Delete(kept.Token), tx.Bucket(clientsBucket).Delete(clientKey(name)))
	})
	if err != nil {
		return Client{}, fmt.Errorf("removing client %q: %w", name, err)
	}
	return client, nil
}

func findClient(tx *bbolt.Tx, name string) (keptClient, error) {
	value := tx.Bucket(clientsBucket).Get(clientKey(name))
	if value == nil {
		return keptClient{}, permissions.ErrNotFound
	}
	return decodeClient(value)
}

func decodeClient(value []byte) (kept keptClient, err error) {
	if err := json.Unmarshal(value, &kept); err != nil {
		return kept, fmt.Errorf("a client cannot be read: %w", err)
	}
	return kept, nil
}

func putClient(tx *bbolt.Tx, kept keptClient) error {
	value, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return tx.Bucket(clientsBucket).Put(clientKey(kept.Name), value)
}
