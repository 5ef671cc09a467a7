package wasip1

// rights are what a descriptor may be used for, and what those opened through it may be.
type rights uint64

// The rights of preview 1, in the order of their bits.
const (
	rightDatasync rights = 1 << iota
	rightRead
	rightSeek
	rightSetFlags
	rightSync
	rightTell
	rightWrite
	rightAdvise
	rightAllocate
	rightMakeFolder
	rightCreate
	rightLinkSource
	rightLinkTarget
	rightOpen
	rightReaddir
	rightReadlink
	rightRenameSource
	rightRenameTarget
	rightPathStat
	rightPathSetSize
	rightPathSetTimes
	rightStat
	rightSetSize
	rightSetTimes
	rightSymlink
	rightRemoveFolder
	rightUnlink
	rightPoll
	rightShutdown
	rightAccept
)

// What the kinds of descriptor can be used for at all. A folder's rights say nothing of what was granted: that is
// decided by the powers, object by object.
const (
	allRights = rightAccept<<1 - 1

	fileRights = rightDatasync | rightRead | rightSeek | rightSetFlags | rightSync | rightTell | rightWrite | rightAdvise |
		rightAllocate | rightStat | rightSetSize | rightSetTimes | rightPoll

	// Programs open folders without the right to cut files below them and create files there all the same: no folder has
	// it, and none needs it.
	folderRights = rightSetFlags | rightSync | rightAdvise | rightMakeFolder | rightCreate | rightLinkSource | rightLinkTarget |
		rightOpen | rightReaddir | rightReadlink | rightRenameSource | rightRenameTarget | rightPathStat | rightPathSetTimes | rightStat | rightSetTimes | rightSymlink | rightRemoveFolder | rightUnlink | rightPoll

	inputRights  = rightRead | rightSetFlags | rightStat | rightPoll
	outputRights = rightWrite | rightSetFlags | rightStat | rightPoll
)

// writingRights are those that a file has only where it was opened for writing.
const writingRights = rightWrite | rightAllocate | rightSetSize | rightDatasync
