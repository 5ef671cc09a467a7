package audit

// Canonical is the form in which r is written.
func (r Record) Canonical() ([]byte, error) { return r.canonical() }
