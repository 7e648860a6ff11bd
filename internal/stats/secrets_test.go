package stats

import (
	"context"
	"math/rand/v2"
	"testing"

	"tributary/internal/flow"
)

// The secrets of published sheets are what the same question, asked for one's own use, shows of the
// suppressed cells, on the published scale.
func TestSecretsAreTheHiddenNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	s := openStore(t)
	src := newHistory(t, r, 1500, s.Names()).source(t, r, s)
	q := Question{Months: []flow.Period{period(t, "2025-10"), period(t, "2025-11")}, Periods: []flow.Period{period(t, "2025Q4")}}
	for _, src.Normalize = range []bool{false, true} {
		published, err := src.Ask(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		own := q
		own.Unsuppressed = true
		whole, err := src.Ask(context.Background(), own)
		if err != nil {
			t.Fatal(err)
		}
		for i, sheet := range append(published.Months, published.Periods...) {
			open := append(append([]*Sheet{}, whole.Months...), whole.Periods...)[i]
			shown, want := map[float64]bool{}, map[float64]bool{}
			for _, c := range sheet.Cells {
				if !c.Suppressed {
					shown[c.Bits.Value] = true
				}
			}
			for _, c := range sheet.Cells {
				bits := open.Bits(c.Key).Value
				if src.Normalize {
					bits = bits / sheet.reference * 100
				}
				if c.Suppressed && !shown[bits] {
					want[bits] = true
				}
			}
			got := map[float64]bool{}
			for _, secret := range Secrets(sheet) {
				if secret.Measure == "bits" {
					got[secret.Value] = true
				}
				if secret.Period != sheet.Period.Name || shown[secret.Value] {
					t.Errorf("%s: %v is a secret and is shown", sheet.Period.Name, secret)
				}
			}
			for bits := range want {
				if !got[bits] {
					t.Errorf("%s, normalised %v: the hidden %v bits are no secret", sheet.Period.Name, src.Normalize, bits)
				}
			}
			if len(want) < 5 || len(got) != len(want) {
				t.Errorf("%s: %d secrets in bits, want %d, and some", sheet.Period.Name, len(got), len(want))
			}
		}
	}
}

// The largest magnitude and addresses of a month's days are shown with the month, so those of a day
// are no secret; its bits are.
func TestSecretsOfADay(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	s := openStore(t)
	src := newHistory(t, r, 1500, s.Names()).source(t, r, s)
	a, err := src.Ask(context.Background(), Question{Periods: []flow.Period{period(t, "2025-10-14")}})
	if err != nil {
		t.Fatal(err)
	}
	measures := map[string]int{}
	for _, secret := range Secrets(a.Periods...) {
		measures[secret.Measure]++
	}
	if measures["bits"] == 0 || measures["magnitude"] > 0 || measures["unique_ips"] > 0 {
		t.Errorf("the secrets of a day are %v, want bits and no magnitude or addresses", measures)
	}
}
