// Package wasip1 is what a WASI preview 1 guest may import, its file system written over powers.Files. The library's
// own functions decode the guest's arguments; what they act on is ours, so a guest never meets a file of the system,
// a socket or an inherited descriptor.
//
// It knows nothing of limits, time or workers, asks nobody and keeps no path: every name goes to powers as an
// absolute, cleaned path, and the answer comes back as an error number.
package wasip1

import (
	"context"
	"fmt"
	"maps"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental/sysfs"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"gatehouse/powers"
)

// Name is the module that a guest imports these functions from.
const Name = wasi_snapshot_preview1.ModuleName

// Workspace is where the workspace stands for a guest, and where a guest starts that reads PWD.
const Workspace = "/workspace"

// Instantiate gives r's guests the functions of WASI preview 1 and returns their module. It is called once a
// runtime.
func Instantiate(ctx context.Context, r wazero.Runtime) (api.Module, error) {
	b := r.NewHostModuleBuilder(Name)
	wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(b)
	b.NewFunctionBuilder().
		WithGoFunction(api.GoFunc(notSupported), []api.ValueType{api.ValueTypeI32, api.ValueTypeI32}, []api.ValueType{api.ValueTypeI32}).
		Export("fd_renumber")
	m, err := b.Instantiate(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing the imports of WASI preview 1: %w", err)
	}
	return m, nil
}

// notSupported stands in for fd_renumber: the library's makes a table as long as the number that the guest names,
// 17 GB for one call.
func notSupported(_ context.Context, stack []uint64) {
	const errnoNotsup = 58
	stack[0] = errnoNotsup
}

// Mount returns the file system of one call: the workspace at Workspace and everything else at its own path, both
// answered by files; with nil files everything is refused. ctx is the call's, and is handed to every power.
func Mount(ctx context.Context, files powers.Files) wazero.FSConfig {
	c := &call{ctx: ctx, files: files}
	var config wazero.FSConfig = wazero.NewFSConfig()
	for i, root := range []string{Workspace, "/"} {
		config = config.(sysfs.FSConfig).WithSysFSMount(&mount{call: c, root: root, inode: uint64(i) + 1}, root)
	}
	return config
}

// Environment is granted with what every guest finds: HOME, where it is not granted, and PWD, which says where a guest
// starts.
func Environment(granted map[string]string) map[string]string {
	env := map[string]string{"HOME": "/"}
	maps.Copy(env, granted)
	env["PWD"] = Workspace
	return env
}
