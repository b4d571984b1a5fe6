package stream

// DetachFilter looks for keys in what is typed. Like the proxy of github.com/moby/term, it holds back what may be the beginning of
// the keys, and does not try a key that breaks a sequence off as the first of another one.
type DetachFilter struct {
	keys []byte
	held int // how many of keys have been read
	buf  []byte
}

// NewDetachFilter returns a filter; without keys it lets everything through.
func NewDetachFilter(keys []byte) *DetachFilter { return &DetachFilter{keys: keys} }

// Filter returns what of b, and of what was held back, is input, and whether the keys were read; what is behind them is dropped.
// The result is good until the next call.
func (f *DetachFilter) Filter(b []byte) (input []byte, detached bool) {
	if len(f.keys) == 0 {
		return b, false
	}
	f.buf = f.buf[:0]
	for _, c := range b {
		if c == f.keys[f.held] {
			if f.held++; f.held == len(f.keys) {
				f.held = 0
				return f.buf, true
			}
			continue
		}
		f.buf = append(append(f.buf, f.keys[:f.held]...), c)
		f.held = 0
	}
	return f.buf, false
}
