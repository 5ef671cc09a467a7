package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
)

// Where a key is kept, as a Head says it.
const (
	KeptInKeyring = "keyring"
	KeptInFile    = "file"
	// Unreachable is the Outcome of a line of KindKey that says that nothing is signed for now.
	Unreachable = "unreachable"
)

// Keeper keeps a key under a name. Its implementers are secrets.Keyring and secrets.File, and both pass
// internal/secretstest.
type Keeper interface {
	// Get returns the value; an fs.ErrNotExist where there is none, and any other error where nobody can tell.
	Get(name string) ([]byte, error)
	// Set keeps value, in the place of another one.
	Set(name string, value []byte) error
}

// KeyName is the name under which a Keeper has the key of the record.
const KeyName = "record"

// key is what signs; its zero value signs nothing.
type key struct {
	private ed25519.PrivateKey
	kept    string
	// made says that it was made just now.
	made bool
}

// public is the public half in hexadecimal.
func (k key) public() string {
	if k.private == nil {
		return ""
	}
	return hex.EncodeToString(k.private.Public().(ed25519.PublicKey))
}

// chooseKey returns the key that signs from now on: the keyring's, which is made where there is none, and where the
// keyring cannot be reached the file's. A record that the keyring's key has signed gets no other one because the keyring
// cannot be reached: that would let anybody sign who can keep us from it. Then there is none for now, and no error.
func chooseKey(o Options, head Head) (key, error) {
	if o.Keyring == nil && o.File == nil {
		return key{}, nil
	}
	inKeyring, err := keyOf(o.Keyring, KeptInKeyring, true)
	if err == nil {
		return inKeyring, nil
	}
	if head.Kept == KeptInKeyring {
		return key{}, nil
	}
	inFile, bad := keyOf(o.File, KeptInFile, true)
	if bad != nil {
		return key{}, fmt.Errorf("there is no key to sign the record with: %w", errors.Join(err, bad))
	}
	return inFile, nil
}

// keyOf reads the key that keeper has, or has it keep a new one if that is wanted.
func keyOf(keeper Keeper, kept string, wanted bool) (key, error) {
	if keeper == nil {
		return key{}, fmt.Errorf("there is no %s", kept)
	}
	text, err := keeper.Get(KeyName)
	if errors.Is(err, fs.ErrNotExist) && wanted {
		return makeKey(keeper, kept)
	}
	if err != nil {
		return key{}, err
	}
	seed, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(seed) != ed25519.SeedSize {
		return key{}, fmt.Errorf("what the %s has as the key of the record is none", kept)
	}
	return key{private: ed25519.NewKeyFromSeed(seed), kept: kept}, nil
}

// makeKey has keeper keep a new key and returns it once it could be read again.
func makeKey(keeper Keeper, kept string) (key, error) {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	if err := keeper.Set(KeyName, []byte(base64.StdEncoding.EncodeToString(seed))); err != nil {
		return key{}, err
	}
	k, err := keyOf(keeper, kept, false)
	k.made = true
	return k, err
}
