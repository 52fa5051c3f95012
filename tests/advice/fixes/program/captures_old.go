//go:build go1.21

package corpus

// Row: capture of a loop variable before Go 1.22.

//go:noinline
func CornerOldRange(c *calls, names []string) {
	for i, name := range names {
		c.add(func() int { return len(name) + i })
	}
}

//go:noinline
func CornerOldCounted(c *calls, n int) {
	for i := 0; i < n; i++ {
		if i%2 == 1 {
			continue
		}
		c.add(func() int { return i })
	}
}

func init() {
	Cases["CornerOldRange"] = func() any {
		c := &calls{}
		CornerOldRange(c, []string{"a", long})
		return len(c.all())
	}
	Cases["CornerOldCounted"] = func() any {
		c := &calls{}
		CornerOldCounted(c, 5)
		return len(c.all())
	}
}
