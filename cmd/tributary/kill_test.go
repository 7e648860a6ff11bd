package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/simulate"
)

// victim is a `tributary run` in a process of its own, to be killed.
type victim struct {
	t       *testing.T
	dir     string
	config  string
	url     string
	udp     int
	anew    string // configuration of importedAnew
	archive string // folder: every segment of the journal that was committed, kept
	cmd     *exec.Cmd
	stderr  logText // of all processes
}

// newVictim writes a configuration around the given YAML; nothing runs yet.
func newVictim(t *testing.T, dir, yaml string) *victim {
	t.Helper()
	v := &victim{t: t, dir: dir, udp: freePort(t, "udp"), archive: filepath.Join(t.TempDir(), "archive")}
	web := freePort(t, "tcp")
	v.url = fmt.Sprintf("http://127.0.0.1:%d", web)
	v.config = put(t, filepath.Join(dir, "tributary.yaml"), fmt.Sprintf("data: ./data\nlisten: [\"127.0.0.1:%d\"]\nconsole: {listen: \"127.0.0.1:%d\"}\n%s", v.udp, web, yaml))
	if err := os.MkdirAll(v.archive, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.kill)
	return v
}

// start runs the program, with a commit every so often, and waits until it answers.
func (v *victim) start(commitEvery time.Duration) {
	v.t.Helper()
	v.cmd = process(commitEvery, "-c", v.config, "run")
	v.cmd.Env = append(v.cmd.Env, toArchive+"="+v.archive)
	v.cmd.Stderr = &v.stderr
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if resp, err := http.Get(v.url + "/healthz"); err == nil {
			resp.Body.Close()
			return
		}
	}
	v.kill()
	v.t.Fatalf("run does not answer:\n%s", &v.stderr)
}

// kill is kill -9.
func (v *victim) kill() {
	if v.cmd != nil {
		_ = v.cmd.Process.Kill()
		_ = v.cmd.Wait()
		v.cmd = nil
	}
}

// end asks the process to stop and waits until it has.
func (v *victim) end() {
	v.t.Helper()
	if err := v.cmd.Process.Signal(os.Interrupt); err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Wait(); err != nil {
		v.t.Errorf("run ended with %v:\n%s", err, &v.stderr)
	}
	v.cmd = nil
	if strings.Contains(v.stderr.String(), "DATA RACE") { // also of those that were killed
		v.t.Errorf("the race detector found something:\n%s", &v.stderr)
	}
}

// victimStatus is what the tests read of the status.
type victimStatus struct {
	Store   struct{ Commits, Failed uint64 }
	Journal struct{ Unjournalled uint64 }
	health  int // what /healthz answers
}

func (v *victim) status() *victimStatus {
	v.t.Helper()
	s := &victimStatus{}
	resp, err := http.Get(v.url + "/api/v1/status")
	if err != nil {
		v.t.Fatalf("%v\n", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(s); err != nil {
		v.t.Fatal(err)
	}
	health, err := http.Get(v.url + "/healthz")
	if err != nil {
		v.t.Fatal(err)
	}
	health.Body.Close()
	s.health = health.StatusCode
	return s
}

// waitFor waits for something that the status tells.
func (v *victim) waitFor(what string, happened func(*victimStatus) bool) {
	v.t.Helper()
	var s *victimStatus
	for range 600 {
		if s = v.status(); happened(s) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	v.kill()
	v.t.Fatalf("within a minute this did not happen: %s; %+v\n%s", what, s, &v.stderr)
}

// waitForCommit waits until the process has committed something, and so has read the journal.
func (v *victim) waitForCommit() {
	v.t.Helper()
	v.waitFor("a commit", func(s *victimStatus) bool { return s.Store.Commits > 0 })
}

// load lets the simulated fleet send so many datagrams a second, whether anybody listens or not, as
// routers do, until it is told to stop.
func (v *victim) load(perSecond int) (stop func()) {
	return v.loadWith(perSecond, func(*flow.Datagram) error { return nil })
}

// loadWith is load that shows each datagram before it is sent.
func (v *victim) loadWith(perSecond int, show func(*flow.Datagram) error) (stop func()) {
	fleet, err := simulate.New(simulate.Config{Seed: 1, Loopback: true, Now: time.Now})
	if err != nil {
		v.t.Fatal(err)
	}
	sender := simulate.NewSender(netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", v.udp)))
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer sender.Close()
		var dg flow.Datagram
		for began, sent := time.Now(), 0; fleet.Next(&dg); sent++ {
			select {
			case <-end:
				return
			case <-time.After(time.Until(began.Add(time.Duration(sent) * time.Second / time.Duration(perSecond)))):
			}
			if err := show(&dg); err != nil {
				v.t.Error(err)
				return
			}
			if err := sender.Send(&dg); err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
				v.t.Error(err)
				return
			}
		}
		v.t.Error("the fleet has nothing more to send: the test takes too long")
	}()
	return func() { close(end); <-ended }
}

// watched has somebody look at what is not committed all the time, until told to leave: so the workers hand
// over what they hold in between.
func (v *victim) watched() (leave func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if resp, err := http.Get(v.url + "/api/v1/explore?measure=volume&range=1h"); err == nil { // else it is being killed
				resp.Body.Close()
			}
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() { close(end); <-ended }
}

// segments are the archived segments in the order in which they were written.
func (v *victim) segments() []string {
	v.t.Helper()
	files, err := filepath.Glob(filepath.Join(v.archive, "*.pcap"))
	if err != nil {
		v.t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { // killed before the first write, or cut in the file's header
		info, err := os.Stat(f)
		return err == nil && info.Size() < 24
	})
	slices.Sort(files)
	return files
}

// wholeDataset is every number of the months from one time to another.
func wholeDataset(t *testing.T, config string, from, to time.Time) string {
	t.Helper()
	first, last := flow.MonthOf(flow.SlotAt(from)).Name, flow.MonthOf(flow.SlotAt(to)).Name
	return mustRun(t, "-c", config, "dataset", first+".."+last, "--unsuppressed")
}

// importedAnew is the dataset of an unkilled reading of captures: into a fresh store under the same
// configuration and with the same key.
func importedAnew(t *testing.T, v *victim, captures []string, from, to time.Time) string {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile(v.config)
	if err != nil {
		t.Fatal(err)
	}
	config := put(t, filepath.Join(dir, "tributary.yaml"), string(text))
	key, err := os.ReadFile(filepath.Join(v.dir, "data", "tributary.key"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "data", "tributary.key"), string(key))
	_, stderr, status := tributary(t, append([]string{"-c", config, "import"}, captures...)...)
	if status != 0 && !strings.Contains(stderr, " is cut off") { // a segment may be, where the process was killed as it wrote
		t.Fatalf("import of the archive: exit status %d: %s", status, stderr)
	}
	v.anew = config
	return wholeDataset(t, config, from, to)
}

// TestKill kills a collector under load fifty times at random moments and starts it again each time.
// Every number of its dataset is that of one unkilled reading of the datagrams that it had read,
// which are those in its journal.
func TestKill(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	v := newVictim(t, t.TempDir(), "workers: 2\npublish: {min_addresses: 1, min_networks: 1, max_dominance: 1}\n"+simulate.ConfigYAML(true))
	began := time.Now()
	v.start(150 * time.Millisecond)
	stop := v.load(3000)
	leave := v.watched()
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	for range rounds {
		time.Sleep(time.Duration(random.IntN(600)) * time.Millisecond)
		v.kill()
		v.start(150 * time.Millisecond)
	}
	stop()
	v.waitForCommit()
	leave()
	v.end()
	now := time.Now()
	if left, _ := filepath.Glob(filepath.Join(v.dir, "data", "journal", "*.pcap")); len(left) > 0 {
		t.Errorf("everything is committed, and the journal still holds %v", left)
	}
	replays := strings.Count(v.stderr.String(), "the journal is read")
	if replays == 0 {
		t.Errorf("nothing was ever read again from the journal, so that nothing was tested:\n%s", &v.stderr)
	}
	segments := v.segments()
	got, want := wholeDataset(t, v.config, began, now), importedAnew(t, v, segments, began, now)
	if got != want {
		t.Errorf("killed %d times, read again %d times, %d segments: the dataset differs from that of an unkilled reading\n%s\nhealth, got:  %+v\nhealth, want: %+v", rounds, replays, len(segments), differences(got, want), storedHealth(t, v.config), storedHealth(t, v.anew))
	}
	if strings.Count(got, "\n") < 20 {
		t.Errorf("the dataset is too small to tell anything:\n%s", got)
	}
	t.Logf("killed %d times, read again %d times, %d segments, %d rows alike", rounds, replays, len(segments), strings.Count(got, "\n"))
}

// TestPowerLoss kills a collector and cuts off the end of what it wrote last, as a power loss does with
// what had not reached the disk. It starts, says what is missing, and counts what is there.
func TestPowerLoss(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	v := newVictim(t, t.TempDir(), "workers: 2\npublish: {min_addresses: 1, min_networks: 1, max_dominance: 1}\n"+simulate.ConfigYAML(true))
	began := time.Now()
	v.start(time.Second)
	stop := v.load(3000)
	cuts := 0
	for range 8 {
		time.Sleep(time.Duration(200+random.IntN(500)) * time.Millisecond)
		v.kill()
		cuts += v.cutJournal(random)
		v.start(time.Second)
	}
	stop()
	v.waitForCommit()
	v.end()
	now := time.Now()
	if torn := strings.Count(v.stderr.String(), " is torn ") + strings.Count(v.stderr.String(), " is empty: "); cuts == 0 || torn == 0 {
		t.Errorf("%d segments were cut, and %d are said to be torn:\n%s", cuts, torn, &v.stderr)
	}
	got, want := wholeDataset(t, v.config, began, now), importedAnew(t, v, v.segments(), began, now)
	if got != want {
		t.Errorf("the dataset differs from that of an unkilled reading of what was left\n%s", differences(got, want))
	}
}

// cutJournal cuts the newest segment of each worker somewhere, and returns how many it cut.
func (v *victim) cutJournal(random *rand.Rand) (cuts int) {
	v.t.Helper()
	newest := map[string]string{}
	segments, err := filepath.Glob(filepath.Join(v.dir, "data", "journal", "*.pcap"))
	if err != nil {
		v.t.Fatal(err)
	}
	slices.Sort(segments)
	for _, s := range segments {
		newest[s[len(s)-len("00.pcap"):]] = s
	}
	for _, s := range newest {
		info, err := os.Stat(s)
		if err != nil {
			v.t.Fatal(err)
		}
		if info.Size() == 0 {
			continue
		}
		if err := os.Truncate(s, random.Int64N(info.Size())); err != nil {
			v.t.Fatal(err)
		}
		cuts++
	}
	return cuts
}

// differences lists the first lines in which two texts differ.
func differences(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var b strings.Builder
	for i, shown := 0, 0; i < max(len(g), len(w)) && shown < 5; i++ {
		var x, y string
		if i < len(g) {
			x = g[i]
		}
		if i < len(w) {
			y = w[i]
		}
		if x != y {
			fmt.Fprintf(&b, "line %d\n  got  %s\n  want %s\n", i+1, x, y)
			shown++
		}
	}
	return b.String()
}
