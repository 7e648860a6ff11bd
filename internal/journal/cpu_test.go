//go:build unix

package journal

import (
	"syscall"
	"testing"
)

// reportCPU adds the process's own CPU time an op, which a busy machine does not stretch. Call the
// result at the end.
func reportCPU(b *testing.B) func() {
	used := func() (ns int64) {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}
