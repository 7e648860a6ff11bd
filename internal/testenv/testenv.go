// Package testenv says what a test needs of the machine. On a developer's machine a test whose
// need is not met is skipped with a sentence; where TRIBUTARY_STRICT is set, as in continuous
// integration, it fails, so that nothing goes unchecked without somebody knowing.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Missing skips the test, or fails it where TRIBUTARY_STRICT is set. The sentence says what is
// missing and how to get it.
func Missing(t testing.TB, sentence string) {
	t.Helper()
	if os.Getenv("TRIBUTARY_STRICT") != "" {
		t.Fatalf("TRIBUTARY_STRICT is set, so this is a failure and not a skip: %s", sentence)
	}
	t.Skip(sentence)
}

// Program returns the path of an installed program, or calls Missing.
func Program(t testing.TB, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not installed; on Debian: apt-get install "+debianPackage)
	}
	return path
}

// Root is the folder of the module.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Captures is the folder of shared captures of real exporters that lies beside the checkout; they
// are third parties' and not part of the project. Where the folder is absent the test is skipped:
// always, also in continuous integration, since a stranger's checkout cannot have it.
func Captures(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(Root(t), "..", "shared", "captures")
	if _, err := os.Stat(filepath.Join(dir, "oracle.json")); err != nil {
		t.Skipf("no captures of real exporters at %s: the tests that compare with them are skipped", dir)
	}
	return dir
}
