package skill

import (
	"fmt"
	"unicode/utf8"
)

// binaryReader reads the pieces that a wasm file is made of; after an error, at is where it was noticed.
type binaryReader struct {
	data []byte
	at   int
}

func (r *binaryReader) name() (string, error) {
	size, err := r.number()
	if err != nil {
		return "", err
	}
	text, err := r.take(int(size))
	if err != nil {
		return "", err
	}
	if !utf8.Valid(text) {
		r.at -= len(text)
		return "", fmt.Errorf("a name is not UTF-8 text")
	}
	return string(text), nil
}

// number reads an unsigned LEB128 number of at most 32 bits.
func (r *binaryReader) number() (uint32, error) {
	var n uint64
	for shift := 0; shift < 35; shift += 7 {
		b, err := r.byte()
		if err != nil {
			return 0, err
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if n > 1<<32-1 {
				break
			}
			return uint32(n), nil
		}
	}
	return 0, fmt.Errorf("a number is longer than 32 bits")
}

func (r *binaryReader) byte() (byte, error) {
	b, err := r.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// take returns the next n bytes, or says that the file is cut off.
func (r *binaryReader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.data)-r.at {
		return nil, fmt.Errorf("it is cut off: %d more bytes are wanted and %d are there", n, len(r.data)-r.at)
	}
	b := r.data[r.at : r.at+n]
	r.at += n
	return b, nil
}
