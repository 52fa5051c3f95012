package corpus

// Row: strings.NewReplacer per call.

import "strings"

//go:noinline
func FixedReplacer(s string) string {
	return strings.NewReplacer("a", "b", "c", "dd").Replace(s)
}

//go:noinline
func FixedReplacerVariable(s string) (t string) {
	quoted := strings.NewReplacer(`"`, `\"`, "\n", `\n`)
	for _, part := range []string{s, s + "\n"} {
		t += quoted.Replace(part)
	}
	return t
}

//go:noinline
func KeptReplacer(s string) string {
	return strings.NewReplacer(s, "b").Replace(s)
}

func init() {
	Cases["FixedReplacer"] = func() any { return FixedReplacer("abcabc") }
	Cases["FixedReplacerVariable"] = func() any { return FixedReplacerVariable(long) }
	Cases["KeptReplacer"] = func() any { return KeptReplacer("abc") }
}
