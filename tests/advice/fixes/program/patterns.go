package corpus

// Row: regexp.MustCompile per call.

import "regexp"

//go:noinline
func CornerPattern(s string) bool {
	return regexp.MustCompile(`^a+(b|c)$`).MatchString(s)
}

// CornerPatternVariable has a comment.
//
//go:noinline
func CornerPatternVariable(s string) (found []string) {
	re := regexp.MustCompile("[a-z]+")
	for _, one := range re.FindAllString(s, -1) {
		found = append(found, re.ReplaceAllString(one, "x"))
	}
	return found
}

//go:noinline
func KeptPatternChanged(s string) string {
	re := regexp.MustCompile("a(|b)")
	re.Longest()
	return re.FindString(s)
}

//go:noinline
func KeptPatternGiven() *regexp.Regexp { return regexp.MustCompile("a(|b)") }

//go:noinline
func KeptPatternSet(s string) bool {
	re := regexp.MustCompile("a")
	if s == "" {
		re = regexp.MustCompile("b")
	}
	return re.MatchString(s)
}

//go:noinline
func KeptPatternMade(s string) bool { return regexp.MustCompile("^" + s).MatchString(s) }

func init() {
	Cases["CornerPattern"] = func() any { return CornerPattern("aac") }
	Cases["CornerPatternVariable"] = func() any { return CornerPatternVariable("abc 1 de") }
	Cases["KeptPatterns"] = func() any {
		return []any{KeptPatternChanged("ab"), KeptPatternGiven().String(), KeptPatternSet(""), KeptPatternMade("x")}
	}
}
