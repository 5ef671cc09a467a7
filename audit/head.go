package audit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gatehouse/skill"
)

// headFile is where the head is, and headSize how big it always is in bytes: one sector, written in place, which needs
// no room on the disk and is either the old one or the new.
const (
	headFile = "audit.head"
	headSize = 512
)

// Head says how far the record went when it was last signed.
type Head struct {
	// Seq and Hash are those of the last line.
	Seq  uint64    `json:"seq"`
	Hash string    `json:"hash"`
	Time time.Time `json:"time"`
	// Kept is where the key is, KeptInKeyring or KeptInFile; Key is its public half in hexadecimal.
	Kept string `json:"kept"`
	Key  string `json:"key"`
	// Signature is ed25519 over the canonical JSON of the head without it, in hexadecimal.
	Signature string `json:"signature,omitempty"`
}

// signed returns h with its signature.
func (h Head) signed(key ed25519.PrivateKey) (Head, error) {
	h.Signature = ""
	text, err := skill.Canonical(h)
	if err != nil {
		return h, err
	}
	h.Signature = hex.EncodeToString(ed25519.Sign(key, text))
	return h, nil
}

// signedBy says whether key, a public key in hexadecimal, signed h.
func (h Head) signedBy(key string) bool {
	public, err := hex.DecodeString(key)
	signature, bad := hex.DecodeString(h.Signature)
	if err != nil || bad != nil || len(public) != ed25519.PublicKeySize {
		return false
	}
	h.Signature = ""
	text, err := skill.Canonical(h)
	return err == nil && ed25519.Verify(public, text, signature)
}

// errNoHead is the error of a head that is there and cannot be read.
var errNoHead = errors.New("it is not a head of a record")

// ReadHead returns the head of the record in dir, unchecked: for telling a person which key is in use. The error is an
// fs.ErrNotExist where there is none.
func ReadHead(dir string) (Head, error) {
	text, err := os.ReadFile(filepath.Join(dir, headFile))
	if err == nil && len(text) == 0 {
		err = fs.ErrNotExist // made, and never written
	}
	if err != nil {
		return Head{}, fmt.Errorf("reading the head of the record: %w", err)
	}
	h, err := parseHead(text)
	if err != nil {
		return Head{}, fmt.Errorf("reading the head of the record: %w", err)
	}
	return h, nil
}

func parseHead(text []byte) (Head, error) {
	var h Head
	body := bytes.TrimRight(text, " \n")
	if len(text) != headSize || json.Unmarshal(body, &h) != nil {
		return Head{}, errNoHead
	}
	if again, err := skill.Canonical(h); err != nil || !bytes.Equal(again, body) {
		return Head{}, errNoHead
	}
	return h, nil
}

// writeHead puts h in its place.
func writeHead(file *os.File, h Head) error {
	text, err := skill.Canonical(h)
	if err != nil {
		return err
	}
	if len(text) >= headSize {
		return fmt.Errorf("a head of %d bytes is too long", len(text))
	}
	padded := bytes.Repeat([]byte(" "), headSize)
	copy(padded, text)
	padded[headSize-1] = '\n'
	_, err = file.WriteAt(padded, 0)
	return err
}

// signLater is how long the last line may be without a signature over it.
const signLater = 2 * time.Second

// sign writes the head anew where lines came since the last one. What it says is on disk before it. Without a key it
// does nothing.
func (l *Log) sign() error {
	if l.key.private == nil || l.file == nil || l.head.Seq == l.seq && l.head.Hash == l.prev && l.head.Key == l.key.public() {
		return nil
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("putting the record on disk: %w", err)
	}
	h, err := Head{Seq: l.seq, Hash: l.prev, Time: l.now(), Kept: l.key.kept, Key: l.key.public()}.signed(l.key.private)
	if err == nil {
		err = writeHead(l.headFile, h)
	}
	if err != nil {
		return fmt.Errorf("signing the record: %w", err)
	}
	l.head = h
	return nil
}

// signSoon signs within signLater. A head that cannot be written then is written with a later line.
func (l *Log) signSoon() {
	if l.key.private == nil || l.signing != nil {
		return
	}
	l.signing = time.AfterFunc(signLater, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.signing = nil
		_ = l.sign()
	})
}
