package skill

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Digest names content by its sha256: "sha256:" and 64 lower-case hexadecimal digits. It has a type of its own so
// that a tag or a version is never taken for one. The zero Digest is absent.
type Digest string

const digestPrefix = "sha256:"

// DigestOf returns the digest of content.
func DigestOf(content []byte) Digest {
	sum := sha256.Sum256(content)
	return Digest(digestPrefix + hex.EncodeToString(sum[:]))
}

// ParseDigest returns s as a Digest if it is written exactly as one.
func ParseDigest(s string) (Digest, error) {
	if len(s) != len(digestPrefix)+2*sha256.Size || s[:len(digestPrefix)] != digestPrefix {
		return "", fmt.Errorf("%q is not a digest: want sha256: and 64 hexadecimal digits", s)
	}
	for _, c := range s[len(digestPrefix):] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", fmt.Errorf("%q is not a digest: want lower-case hexadecimal digits", s)
		}
	}
	return Digest(s), nil
}

// UnmarshalText reads a digest as ParseDigest does.
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	*d = parsed
	return err
}
