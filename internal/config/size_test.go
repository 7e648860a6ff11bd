package config

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/yamlfile"
)

func TestSize(t *testing.T) {
	f := func(text string, want Size, printed string) {
		t.Helper()
		got, err := parseSize(text)
		if err != nil || got != want || got.String() != printed {
			t.Errorf("%s is %d (%s), %v; want %d (%s)", text, got, got, err, want, printed)
		}
	}
	f("0", 0, "0")
	f("0MiB", 0, "0")
	f("1B", 1, "1B")
	f("1024B", KiB, "1KiB")
	f("64MiB", 64<<20, "64MiB")
	f("1536KiB", 1536<<10, "1536KiB")
	f("16GiB", 16<<30, "16GiB")
	f("2048GiB", 2<<40, "2TiB")
	f("1024TiB", maxSize, "1024TiB")
	f("1125899906842623B", maxSize-1, "1125899906842623B")

	wrong := func(text, want string) {
		t.Helper()
		if got, err := parseSize(text); err == nil || err.Error() != want {
			t.Errorf("%q: %d, %v\nwant %s", text, got, err, want)
		}
	}
	const form = "must be a whole number of KiB, MiB, GiB or TiB, such as 64MiB or 16GiB "
	wrong("", form+`(got "")`)
	wrong("-1MiB", form+`(got "-1MiB")`)
	wrong("1.5GiB", form+`(got "1.5GiB")`)
	wrong("64", form+`(got "64"): it has no unit; write 64MiB, or 64B for single octets`)
	wrong("64MB", form+`(got "64MB"): write 64MiB`)
	wrong("64m", form+`(got "64m"): write 64MiB`)
	wrong("64mib", form+`(got "64mib"): write 64MiB`)
	wrong("64 MiB", form+`(got "64 MiB"): write 64MiB`)
	wrong("3b", form+`(got "3b"): write 3B`)
	wrong("3PiB", form+`(got "3PiB")`)
	wrong("1025TiB", `must be at most 1024TiB (got "1025TiB")`)
	wrong("99999999999999999999B", `must be at most 1024TiB (got "99999999999999999999B")`)
}

func TestSpan(t *testing.T) {
	f := func(text string, want time.Duration, printed string) {
		t.Helper()
		got, err := parseSpan(text)
		if err != nil || got.Duration() != want || got.String() != printed {
			t.Errorf("%s is %v (%s), %v; want %v (%s)", text, got.Duration(), got, err, want, printed)
		}
	}
	f("1m", time.Minute, "1m")
	f("60m", time.Hour, "1h")
	f("90m", 90*time.Minute, "90m")
	f("6h", 6*time.Hour, "6h")
	f("36h", 36*time.Hour, "36h")
	f("48h", 48*time.Hour, "2d")
	f("365d", 8760*time.Hour, "365d")
	for _, text := range []string{"", "0", "0h", "6", "6 h", "-6h", "1.5h", "1h30m", "90s", "366d", "8761h", "99999999999999999999m", "6H", "forever"} {
		want := `must be a number of minutes, hours or days from 1m to 365d, such as 90m, 6h or 2d (got "` + text + `")`
		if got, err := parseSpan(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v\nwant %s", text, got, err, want)
		}
	}
	if got := Span(90 * time.Second).String(); got != "1m30s" {
		t.Errorf("a span that no file can state prints as %s", got)
	}
}

// TestLimitsHaveTheirKeys: a bound that is booked with its exporter is named as it is configured.
func TestLimitsHaveTheirKeys(t *testing.T) {
	keys := yamlfile.Keys(reflect.TypeFor[Limits]())
	for l := range flow.NumLimits {
		if !slices.Contains(keys, l.String()) {
			t.Errorf("%s is booked and is no key of limits", l)
		}
	}
}

// TestEveryLimitIsBounded: no key of limits can be switched off or be set out of reach.
func TestEveryLimitIsBounded(t *testing.T) {
	limits := reflect.TypeFor[Limits]()
	for i, key := range yamlfile.Keys(limits) {
		for _, value := range []int64{-1, 0, 1 << 60} {
			var v validator
			l := defaultLimits()
			reflect.ValueOf(&l).Elem().Field(i).SetInt(value)
			v.limits(l)
			if len(v.problems) == 0 || v.problems[0].Path != "limits."+key {
				t.Errorf("limits.%s: %d is accepted: %v", key, value, v.problems)
			}
		}
	}
	var v validator
	if v.limits(defaultLimits()); len(v.problems) != 0 {
		t.Errorf("the defaults: %v", v.problems)
	}
}
