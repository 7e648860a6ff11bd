//go:build unix

package journal

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the lock without waiting; it ends with the process. errLocked: another has it.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
