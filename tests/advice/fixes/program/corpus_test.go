package corpus

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"testing"
)

func TestCases(t *testing.T) {
	var names []string
	for name := range Cases {
		names = append(names, name)
	}
	sort.Strings(names)
	out, err := os.Create(os.Getenv("CORPUS_OUT"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, name := range names {
		run := Cases[name]
		result := fmt.Sprintf("%#v", run())
		allocs := testing.AllocsPerRun(20, func() { run() })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := 0; i < 20; i++ {
			run()
		}
		runtime.ReadMemStats(&after)
		bytes := (after.TotalAlloc - before.TotalAlloc) / 20
		fmt.Fprintf(out, "%s\t%v\t%v\t%q\n", name, allocs, bytes, result)
	}
}
