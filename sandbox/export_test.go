package sandbox

import "github.com/tetratelabs/wazero/api"

// Imports are all functions that a guest may import, by module and name.
func (r *Runtime) Imports() (all map[string]map[string]api.FunctionDefinition) {
	for _, e := range r.engines {
		if e != nil {
			all = e.imports
		}
	}
	return all
}
