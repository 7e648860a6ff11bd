package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// state is the content of the file of that name, replaced as a whole when the folder is opened:
//
//	journal 9f3c5a1b00d2e4c7
//	generation 3
//	foreign 5b0c99e1f0a77d21/00000003/000042 2
//
// The last line is there once the journal was opened for a store whose position was of another
// journal: segments of generations before the number stated do not belong to that store.
type state struct {
	journal    uint64   // the folder's identity, random
	generation uint32   // the last process that opened the folder
	foreign    Position // the position of another journal
	since      uint32   // generation from which on the segments are this store's; 0 = all
}

const stateFormat = "journal %016x\ngeneration %d\n"

func (s *state) text() string {
	text := fmt.Sprintf(stateFormat, s.journal, s.generation)
	if s.since != 0 {
		text += fmt.Sprintf("foreign %v %d\n", s.foreign, s.since)
	}
	return text
}

func parseState(text string) (s state, err error) {
	var foreign string
	n, _ := fmt.Sscanf(text, stateFormat+"foreign %s %d\n", &s.journal, &s.generation, &foreign, &s.since)
	if n == 4 && s.foreign.UnmarshalText([]byte(foreign)) != nil || s.text() != text || s.journal == 0 {
		return state{}, errors.New("its content is not what tributary writes")
	}
	return s, nil
}

// readState reads the folder's state, or begins one in a new folder.
func (j *Journal) readState() error {
	path := filepath.Join(j.dir, stateName)
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		j.state, err = parseState(string(text))
		if err != nil {
			return fmt.Errorf("cannot read the journal's %s: %w; move the file away and start again: the segments beside it then stay, to be imported with tributary import", path, err)
		}
	case errors.Is(err, fs.ErrNotExist):
		for j.state.journal == 0 {
			var b [8]byte
			rand.Read(b[:])
			j.state.journal = be.Uint64(b[:])
		}
	default:
		return fmt.Errorf("cannot read the journal's state: %w", err)
	}
	return nil
}

// writeState replaces the state on disk.
func (j *Journal) writeState() error {
	path := filepath.Join(j.dir, stateName)
	f, err := os.Create(path + ".new")
	if err == nil {
		_, err = f.WriteString(j.state.text())
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = j.syncDir()
	}
	if err != nil {
		return fmt.Errorf("cannot write the journal's state: %w", err)
	}
	return nil
}

// lockFolder takes the folder for this process. The lock file says whose it is.
func (j *Journal) lockFolder() error {
	path := filepath.Join(j.dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("cannot open the journal: %w", err)
	}
	if err := lockFile(f); err != nil {
		f.Close()
		if !errors.Is(err, errLocked) {
			return fmt.Errorf("cannot lock the journal %s: %w", j.dir, err)
		}
		who := "another process"
		text, _ := os.ReadFile(path)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			who = fmt.Sprintf("the process with pid %d", pid)
		}
		return fmt.Errorf("the journal %s is in use by %s: two collectors cannot share one journal", j.dir, who)
	}
	j.lock = f
	pid := strconv.Itoa(os.Getpid()) + "\n"
	if f.Truncate(0) == nil {
		f.WriteAt([]byte(pid), 0) // for people; the lock itself is the kernel's, and holds on a full disk too
	}
	return nil
}

var errLocked = errors.New("locked")
