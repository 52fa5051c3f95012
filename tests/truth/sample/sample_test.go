package sample

import (
	"strings"
	"testing"
)

func TestEverything(t *testing.T) {
	long := strings.Repeat("a long text ", 9)
	for round := range 3 {
		if *Moved(round) != round || New() == nil || Literal(nil) == nil {
			t.Fatal("pointers")
		}
		ShortCircuit(round == 1)
		if Guarded(round > 0) == nil != (round == 0) {
			t.Fatal("guarded")
		}
		if len(Slice(round*100)) != round*100 || len(Fixed()) != 9 || cap(Chan()) != 2 {
			t.Fatal("made")
		}
		if len(Map(round*50)) != 0 || Closure(round)() != round+1 || Method(&node{})() != 0 {
			t.Fatal("map, closure, method value")
		}
		if BoxStruct(nil) == nil || BoxInt(round*1000) != round*1000 || BoxConstant() == nil {
			t.Fatal("boxes")
		}
		if Concat(long, "b") != long+"b" || Text(Bytes(long)) != long || Rune('ä') != "ä" {
			t.Fatal("strings")
		}
		if len(Append(nil, round*10)) != round*10 {
			t.Fatal("append")
		}
		for i := range 40 {
			Insert(long[i:])
		}
		sink = Inlined()
		if Stays() != 1 || (Calls(round*9) != nil) != (round == 2) {
			t.Fatal("stays, calls")
		}
		if Start() != 1 || Deferred(round) != max(0, round*(round-1)/2) {
			t.Fatal("goroutine, defer")
		}
	}
}
