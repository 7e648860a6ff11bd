package journal

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// syncData brings the file's data to disk, and of what describes it only what reading needs.
func syncData(f *os.File) error {
	err := unix.Fdatasync(int(f.Fd()))
	for err == unix.EINTR {
		err = unix.Fdatasync(int(f.Fd()))
	}
	runtime.KeepAlive(f)
	return err
}
