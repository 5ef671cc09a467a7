package audit

// SetLargest makes the parts of l smaller. Call it before l is used.
func (l *Log) SetLargest(size int64) { l.largest = size }
