package sandbox

import "github.com/tetratelabs/wazero/api"

// Imports are all functions that a guest may import, by module and name.
func (r *Runtime) Imports() map[string]map[string]api.FunctionDefinition { return r.imports }
