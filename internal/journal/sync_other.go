//go:build !linux

package journal

import "os"

// syncData brings the file to disk.
func syncData(f *os.File) error { return f.Sync() }

// reserve does nothing.
func reserve(*os.File, int64) {}
