package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// machine says on what the table was measured.
func (b *bench) machine() string {
	said := []string{fmt.Sprintf("%d cores", runtime.NumCPU())}
	if cpu := firstMatch(fileText("/proc/cpuinfo"), `(?m)^model name\s*: (.*)$`); cpu != "" {
		said[0] += " of " + cpu
	}
	if kib := firstMatch(fileText("/proc/meminfo"), `(?m)^MemTotal:\s*(\d+) kB$`); kib != "" {
		var n int64
		fmt.Sscan(kib, &n)
		said = append(said, fmt.Sprintf("%d GiB", (n+1<<19)>>20))
	}
	said = append(said, "Linux "+strings.TrimSpace(fileText("/proc/sys/kernel/osrelease")), runtime.Version())
	said = append(said, "tributary "+firstMatch(output(b.binary, "version"), `(\S+)$`))
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if strings.HasSuffix(m.Path, "/goflow2/v2") {
				said = append(said, "goflow2 "+m.Version)
			}
		}
	}
	if v := firstMatch(output("nfcapd", "-V"), `Version: (\S+)`); v != "" {
		said = append(said, "nfcapd and nfdump "+v)
	}
	if v := firstMatch(output("nfacctd", "-V"), `nfacctd (\S+)`); v != "" {
		said = append(said, "nfacctd "+v)
	}
	return strings.Join(said, ", ")
}

func fileText(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// output is what a program says; what it cannot say is left out of the table's heading.
func output(name string, args ...string) string {
	b, err := exec.Command(name, args...).CombinedOutput()
	if err != nil && len(b) == 0 {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func firstMatch(text, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return strings.TrimSpace(m[1])
}
