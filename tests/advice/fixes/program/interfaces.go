package corpus

// Row: package value boxed again and again.

type kind interface{ kindName() string }

type basic string

func (b basic) kindName() string { return string(b) }

type pair struct{ a, b int }

var (
	kindNumber  basic = "number"
	kindText          = basic("text")
	kindChanged basic = "changed"
	kindUsed    basic = "used as what it is"
	origin            = pair{1, 2}
	mode        basic = "mode"
)

//go:noinline
func FixedKind(n int) kind {
	if n > 1 {
		return kindNumber
	}
	if same(kindText, kindNumber) {
		return nil
	}
	return kindText
}

func same(a, b kind) bool { return a == b }

//go:noinline
func FixedStored() { Sink = origin }

func KeptChangedKind(b basic) kind {
	kindChanged = b
	return kindChanged
}

//go:noinline
func KeptMode() bool {
	Sink = mode
	return mode == "mode"
}

func KeptUsedKind() (kind, string) { return kindUsed, string(kindUsed) }

func init() {
	Cases["FixedKind"] = func() any { return FixedKind(number).kindName() + FixedKind(0).kindName() }
	Cases["FixedStored"] = func() any { FixedStored(); return Sink }
	Cases["KeptKinds"] = func() any {
		k, s := KeptUsedKind()
		if !KeptMode() {
			return nil
		}
		return k.kindName() + s + KeptChangedKind("other").kindName()
	}
}
