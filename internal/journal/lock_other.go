//go:build !unix

package journal

import "os"

// lockFile does nothing: the store's own lock keeps a second collector away from the data.
func lockFile(*os.File) error { return nil }
