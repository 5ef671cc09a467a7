package worker

import (
	"encoding/binary"
	"fmt"
	"net"
)

// bounded is the host's end of a connection. It reads along and ends the connection at the first frame longer than
// most, before the library makes room for it: 4 MiB a message are too many for a stranger to fill at will.
type bounded struct {
	net.Conn
	most uint32

	header [frameHeader]byte
	have   int
	// rest is how much of the frame that is under way is still to come.
	rest uint32
}

// frameHeader is ttrpc's: 4 bytes of length, 4 of stream, type, flags.
const frameHeader = 10

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if long := b.follow(p[:n]); long != nil {
		return 0, long
	}
	return n, err
}

func (b *bounded) follow(p []byte) error {
	for len(p) > 0 {
		if b.rest > 0 {
			skip := min(b.rest, uint32(len(p)))
			b.rest -= skip
			p = p[skip:]
			continue
		}
		n := copy(b.header[b.have:], p)
		b.have += n
		p = p[n:]
		if b.have < frameHeader {
			return nil
		}
		b.have = 0
		if b.rest = binary.BigEndian.Uint32(b.header[:]); b.rest > b.most {
			return fmt.Errorf("a message of %d bytes; at most %d are allowed", b.rest, b.most)
		}
	}
	return nil
}
