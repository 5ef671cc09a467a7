package skill

import (
	"slices"
	"strings"

	"gatehouse/permissions"
)

// preview1 is the module that every command imports, wasi_snapshot_preview1, with all its functions.
const preview1 = "wasi_snapshot_preview1"

var preview1Functions = strings.Fields(`
	args_get args_sizes_get environ_get environ_sizes_get
	clock_res_get clock_time_get
	fd_advise fd_allocate fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights
	fd_filestat_get fd_filestat_set_size fd_filestat_set_times fd_pread fd_prestat_get fd_prestat_dir_name
	fd_pwrite fd_read fd_readdir fd_renumber fd_seek fd_sync fd_tell fd_write
	path_create_directory path_filestat_get path_filestat_set_times path_link path_open path_readlink
	path_remove_directory path_rename path_symlink path_unlink_file
	poll_oneoff proc_exit proc_raise sched_yield random_get
	sock_accept sock_recv sock_send sock_shutdown
`)

// ownHTTP is Gatehouse's own module for requests, docs/skills.md has it, with all its functions.
const ownHTTP = "gatehouse:skill/http@0.1.0"

var ownHTTPFunctions = []string{
	"[static]exchange.open", "[method]exchange.write", "[method]exchange.finish", "[method]exchange.read", "[resource-drop]exchange",
}

// provided are the functions that a command may import.
var provided = map[string][]string{preview1: preview1Functions, ownHTTP: ownHTTPFunctions}

// extismModule is what a module on the Extism ABI imports from.
const extismModule = "extism:host/env"

// kindOf tells what kind of guest b is; "" where it is a module that nobody can call.
func kindOf(b Binary) Kind {
	switch {
	case b.Component:
		return Component
	case slices.ContainsFunc(b.Imports, func(i Import) bool { return i.Module == extismModule }):
		return Extism
	case exportsStart(b):
		return Command
	}
	return ""
}

func exportsStart(b Binary) bool {
	return slices.Contains(b.Exports, Export{Name: "_start", Kind: Func})
}

// unknownImports lists what a command imports and no host interface of ours provides.
func unknownImports(b Binary) []Import {
	var unknown []Import
	for _, i := range b.Imports {
		if i.Kind != Func || !slices.Contains(provided[i.Module], i.Name) {
			unknown = append(unknown, i)
		}
	}
	return unknown
}

// opensPaths tells whether a command can reach for a file by its name.
func opensPaths(b Binary) bool {
	return slices.ContainsFunc(b.Imports, func(i Import) bool {
		return i.Module == preview1 && strings.HasPrefix(i.Name, "path_")
	})
}

// sendsRequests tells whether a command can reach for the network.
func sendsRequests(b Binary) bool {
	return slices.Contains(b.Imports, Import{ownHTTP, ownHTTPFunctions[0], Func})
}

// Unasked says what the code of a command can reach for though no line of its manifest asks for any of that. It is no
// fault: toolchains import more than they use, and using it is refused as undeclared.
func (p *Package) Unasked() []string {
	var said []string
	asks := func(kind permissions.Kind) bool {
		return slices.ContainsFunc(slices.Concat(p.Manifest.Requires, p.Manifest.Optional), func(w Wish) bool { return w.Grant.Kind() == kind })
	}
	if opensPaths(p.binary) && !asks(permissions.Files) {
		said = append(said, "its code can open files, and no line of the manifest asks for any")
	}
	if sendsRequests(p.binary) && !asks(permissions.Net) {
		said = append(said, "its code can send requests, and no line of the manifest asks for any")
	}
	return said
}
