package bridge

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"net"
	"slices"
	"time"

	"gatehouse/host"
)

// SetWriteTime changes how long a client may read nothing.
func SetWriteTime(d time.Duration) (back func()) {
	was := writeTime
	writeTime = d
	return func() { writeTime = was }
}

// ReadLines returns all that goes on to the SDK of what in says; errors go to conn.
func ReadLines(conn net.Conn, in io.Reader) ([]byte, error) {
	return io.ReadAll(newLines(conn, bufio.NewReader(in)))
}

// ReadIntroduction reads one.
func ReadIntroduction(conn net.Conn) (Introduction, error) {
	_, i, err := readIntroduction(conn)
	return i, err
}

// Enter makes the door of a client with this token, lets something happen before it has entered, and returns what it lists
// then; open says whether it is still open.
func (s *Server) Enter(token string, meanwhile func()) (listed []string, open bool) {
	d := s.newDoor(s.who(Introduction{Token: token, Session: "0123456789abcdef0123456789abcdef"}))
	meanwhile()
	s.enter(d)
	defer s.leave(d)
	return slices.Sorted(maps.Keys(d.listed)), !d.gone.Load()
}

// Relist is what a change of skills leads to.
func (s *Server) Relist() { s.refresh() }

// Reworded is a message of the SDK's as it goes out.
func Reworded(message []byte, method string) []byte { return reworded(message, method) }

// Sealer is a sealer for tests.
type Sealer struct{ s *sealer }

func NewSealer() Sealer { return Sealer{newSealer()} }

func (s Sealer) Seal(ticket string, round int, owner, method, tool, arguments string) string {
	return s.s.seal(ticket, round, bond{host.Owner(owner), method, tool, json.RawMessage(arguments)})
}

func (s Sealer) Unseal(sealed, owner, method, tool, arguments string) (string, int, error) {
	st, err := s.s.unseal(sealed, bond{host.Owner(owner), method, tool, json.RawMessage(arguments)})
	return st.Ticket, st.Round, err
}

// Patience is a patience for tests.
type Patience struct{ p *patience }

func NewPatience() Patience { return Patience{newPatience(usualPatience)} }

func (p Patience) Lasted(d time.Duration)              { p.p.lasted("c", d) }
func (p Patience) GaveUp(d time.Duration, why string)  { p.p.gaveUp("c", d, why) }
func (p Patience) Limit() (limit, probe time.Duration) { return p.p.limit("c"), p.p.probe("c") }

func (r *Results) Keep(output []byte, owner, session string) (string, error) {
	return r.keep(output, "files", host.Owner(owner), session)
}

func (r *Results) Read(address, owner, session string) ([]byte, error) {
	kept, err := r.read(address[len(resultAddress):], host.Owner(owner), session)
	return kept.output, err
}
