package bridge

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"gatehouse/host"
)

// sealedFor is how long a sealed state may be brought back.
const sealedFor = 30 * time.Minute

// readingTime is how long a person needs at least to read what a client shows them, and to press something there. What is
// pressed sooner, a program pressed.
const readingTime = 2 * time.Second

// errSeal is returned for every state that does not serve, whatever is wrong with it: forged, for something else, too
// old, or used before.
var errSeal = errors.New("this requestState does not belong to this call, or was used before")

// sealer makes and opens the requestState of MCP 2026-07-28: which parked call a retry belongs to. It is encrypted and
// authenticated with a key that dies with the host, as the calls do, and bound to the client and to what it called.
type sealer struct{ aead cipher.AEAD }

func newSealer() *sealer {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // a key of 32 bytes is one
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return &sealer{aead}
}

// state is what is sealed.
type state struct {
	Ticket string `json:"t"`
	Round  int    `json:"r"`
	Until  int64  `json:"u"` // Unix seconds
	Made   int64  `json:"m"` // Unix milliseconds
}

// hasty says whether a client came back with it sooner than a person could have read what it was to show.
func (s state) hasty() bool { return time.Since(time.UnixMilli(s.Made)) < readingTime }

// bond is what a state is bound to.
type bond struct {
	owner        host.Owner
	method, tool string
	arguments    json.RawMessage
}

func (b bond) bytes() []byte {
	sum := sha256.Sum256([]byte(host.Same(b.arguments)))
	text, _ := json.Marshal([]any{b.owner, b.method, b.tool, sum[:]}) // strings and bytes alone
	return text
}

func (s *sealer) seal(ticket string, round int, b bond) string {
	now := time.Now()
	text, _ := json.Marshal(state{ticket, round, now.Add(sealedFor).Unix(), now.UnixMilli()}) // as above
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, text, b.bytes()))
}

// unseal returns what seal was given for the same bond; errSeal for everything else. Whether it was used before is for
// host.Parking to say.
func (s *sealer) unseal(sealed string, b bond) (state, error) {
	text, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return state{}, errSeal
	}
	text, err = s.aead.Open(nil, nil, text, b.bytes())
	if err != nil {
		return state{}, errSeal
	}
	var st state
	if err := json.Unmarshal(text, &st); err != nil || time.Now().Unix() > st.Until {
		return state{}, errSeal
	}
	return st, nil
}
