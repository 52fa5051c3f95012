// Package corpus has one function for each kind of code that an edit is for, and for those that
// must stay as they are.
package corpus

// Cases are run before and after the edits: the results must be the same. What is named Fixed…
// must allocate less often, the text of what is named Kept… must stay.
var Cases = map[string]func() any{}

// Sink keeps what is stored there alive.
var Sink any

func numbers(n int) []int {
	xs := make([]int, n)
	for i := range xs {
		xs[i] = i * 37
	}
	return xs
}
