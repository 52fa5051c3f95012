package corpus

// Row: string(b) as a key.

// Later releases see themselves that the key is only read.
// until go1.26

func FixedLookup(m map[string]int, b []byte) int {
	key := string(b)
	n, ok := m[key]
	if !ok {
		return -1
	}
	return n
}

func init() {
	m := map[string]int{long: 7}
	b := []byte(long)
	Cases["FixedLookup"] = func() any { return FixedLookup(m, b) }
}
