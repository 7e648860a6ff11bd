package figure

import (
	"bytes"
	"maps"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"
)

// sizes are what the names of samples end in that differ from another sample in their size only.
var sizes = regexp.MustCompile(`-(long|crowd|many|short|one|wide)$`)

// What an interpreter has drawn before changes nothing: every kind of sample comes out of a fresh one as
// it comes out of one that has drawn all the others, in either order and both layouts. With
// TRIBUTARY_LONG=1 every sample does.
func TestInterpretersForgetWhatTheyDrew(t *testing.T) {
	all, narrow := charts(WideWidth, &Light), charts(NarrowWidth, &Light)
	names := slices.Sorted(maps.Keys(all))
	if os.Getenv("TRIBUTARY_LONG") == "" {
		names = slices.DeleteFunc(names, sizes.MatchString)
	}
	file := func(name string, fresh bool) []byte {
		t.Helper()
		if fresh {
			interpreters = sync.Pool{}
		}
		both, err := Draw(name, all[name], narrow[name])
		if err != nil {
			t.Fatal(err)
		}
		return append(both[0].File("t", "d", "l"), both[1].File("t", "d", "l")...)
	}
	drawn(t, "first", all[names[0]]) // skips where there is no chart script
	alone := map[string][]byte{}
	for _, name := range names {
		alone[name] = file(name, true)
	}
	in, err := newInterpreter()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, name := range names {
			interpreters.Put(in) // else, under the race detector, the pool may lose it
			if got := file(name, false); !bytes.Equal(got, alone[name]) {
				t.Errorf("%s: drawn after others it is another file: %d and %d bytes", name, len(got), len(alone[name]))
			}
		}
		slices.Reverse(names)
	}
}

func BenchmarkDraw(b *testing.B) {
	all, narrow := charts(WideWidth, &Light), charts(NarrowWidth, &Light)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Draw(name, all[name], narrow[name]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
