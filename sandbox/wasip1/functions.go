package wasip1

import (
	"context"

	"github.com/tetratelabs/wazero/api"
)

// function is one that a guest may import and that returns an error number.
type function struct {
	name string
	// params has an i for each parameter of 32 bits and an I for each of 64.
	params string
	do     func(*Process, arguments) errno
}

// arguments are what a guest handed to a function, as the runtime has them.
type arguments []uint64

func (a arguments) u32(i int) uint32 { return uint32(a[i]) }

// functions are all of preview 1 but proc_exit, which returns nothing.
var functions = []function{
	{"args_get", "ii", (*Process).argsGet},
	{"args_sizes_get", "ii", (*Process).argsSizesGet},
	{"environ_get", "ii", (*Process).environGet},
	{"environ_sizes_get", "ii", (*Process).environSizesGet},
	{"clock_res_get", "ii", (*Process).clockResGet},
	{"clock_time_get", "iIi", (*Process).clockTimeGet},
	{"fd_advise", "iIIi", (*Process).fdAdvise},
	{"fd_allocate", "iII", (*Process).fdAllocate},
	{"fd_close", "i", (*Process).fdClose},
	{"fd_datasync", "i", (*Process).fdDatasync},
	{"fd_fdstat_get", "ii", (*Process).fdFdstatGet},
	{"fd_fdstat_set_flags", "ii", (*Process).fdFdstatSetFlags},
	{"fd_fdstat_set_rights", "iII", (*Process).fdFdstatSetRights},
	{"fd_filestat_get", "ii", (*Process).fdFilestatGet},
	{"fd_filestat_set_size", "iI", (*Process).fdFilestatSetSize},
	{"fd_filestat_set_times", "iIIi", (*Process).fdFilestatSetTimes},
	{"fd_pread", "iiiIi", (*Process).fdPread},
	{"fd_prestat_get", "ii", (*Process).fdPrestatGet},
	{"fd_prestat_dir_name", "iii", (*Process).fdPrestatDirName},
	{"fd_pwrite", "iiiIi", (*Process).fdPwrite},
	{"fd_read", "iiii", (*Process).fdRead},
	{"fd_readdir", "iiiIi", (*Process).fdReaddir},
	{"fd_renumber", "ii", (*Process).fdRenumber},
	{"fd_seek", "iIii", (*Process).fdSeek},
	{"fd_sync", "i", (*Process).fdSync},
	{"fd_tell", "ii", (*Process).fdTell},
	{"fd_write", "iiii", (*Process).fdWrite},
	{"path_create_directory", "iii", (*Process).pathCreateDirectory},
	{"path_filestat_get", "iiiii", (*Process).pathFilestatGet},
	{"path_filestat_set_times", "iiiiIIi", (*Process).pathFilestatSetTimes},
	{"path_link", "iiiiiii", (*Process).pathLink},
	{"path_open", "iiiiiIIii", (*Process).pathOpen},
	{"path_readlink", "iiiiii", (*Process).pathReadlink},
	{"path_remove_directory", "iii", (*Process).pathRemoveDirectory},
	{"path_rename", "iiiiii", (*Process).pathRename},
	{"path_symlink", "iiiii", (*Process).pathSymlink},
	{"path_unlink_file", "iii", (*Process).pathUnlinkFile},
	{"poll_oneoff", "iiii", (*Process).pollOneoff},
	{"proc_raise", "i", (*Process).procRaise},
	{"sched_yield", "", (*Process).schedYield},
	{"random_get", "ii", (*Process).randomGet},
	{"sock_accept", "iii", (*Process).sockAccept},
	{"sock_recv", "iiiiii", (*Process).sockRecv},
	{"sock_send", "iiiii", (*Process).sockSend},
	{"sock_shutdown", "ii", (*Process).sockShutdown},
}

// The price of a function, in units of fuel: so much a guest could do in the time that it takes at least.
const (
	priceCall = 250
	// bytesAUnit is how many bytes are copied for a unit, as in package meter.
	bytesAUnit = 8
)

// host is f as the runtime calls it.
func (f function) host() api.GoModuleFunc {
	return func(ctx context.Context, guest api.Module, stack []uint64) {
		p := ctx.Value(processKey{}).(*Process)
		p.begin(ctx, guest)
		stack[0] = uint64(f.do(p, stack))
	}
}

// begin makes p ready for one function of guest.
func (p *Process) begin(ctx context.Context, guest api.Module) {
	if p.guest != guest {
		p.guest, p.memory = guest, memoryOf(guest)
	}
	p.ctx = ctx
	p.pay(priceCall)
}

// pay charges the guest.
func (p *Process) pay(units uint64) {
	if p.charge != nil {
		p.charge(p.guest, units)
	}
}

func (p *Process) payBytes(n uint64) { p.pay(n / bytesAUnit) }
