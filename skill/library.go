package skill

import "errors"

// ErrNotFound is returned, wrapped, by whoever holds skills for a name that it does not hold.
var ErrNotFound = errors.New("no skill has this name")

// BuiltIn is the Origin, and the signer, of the skills that come with the program.
const BuiltIn = "built in"

// Signer is who vouches for the skill, as this program found out and never by the manifest's word: BuiltIn, or
// "unsigned".
func (p *Package) Signer() string {
	if p.Origin == BuiltIn {
		return BuiltIn
	}
	return "unsigned"
}
