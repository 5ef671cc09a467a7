package wasip1

// No guest has a socket: a descriptor is not open, or is something else.

func (p *Process) sockAccept(a arguments) errno   { return p.noSocket(a) }
func (p *Process) sockRecv(a arguments) errno     { return p.noSocket(a) }
func (p *Process) sockSend(a arguments) errno     { return p.noSocket(a) }
func (p *Process) sockShutdown(a arguments) errno { return p.noSocket(a) }

func (p *Process) noSocket(a arguments) errno {
	if _, failed := p.table.get(a.u32(0)); failed != success {
		return failed
	}
	return errNotSocket
}
