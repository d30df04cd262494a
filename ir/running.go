package ir

// RunningCall is the name of the row function that Running describes.
const RunningCall = "running"

// Running says what a RowCall named RunningCall computes: an aggregate over the rows up to each row. Its Args are the Values arguments
// of the aggregate, then four more: whether the row counts, its time in seconds, whether the aggregate begins anew before the row and
// whether behind it; the rest are the keys of the row's group. A row with a null key is in no group, and its value is null.
type Running struct {
	Agg    AggFunc
	Values int
	Cap    int64 // as Agg.Cap
	// Each says that the elements of an array count one by one, and that values count as texts.
	Each bool
	// Current says that the row itself counts, besides those before it.
	Current bool
	// Window is the largest number of rows that count, 0 for all; PerGroup says that every group has a window of its own.
	Window   int64
	PerGroup bool
	// Span limits the window to rows whose time is less than so many seconds away; 0 for no limit.
	Span float64
	// OnChange says that the aggregate begins anew at a row whose group is not that of the row before.
	OnChange bool
}
