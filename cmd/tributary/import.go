package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"tributary/internal/collect"
	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/simulate"
	"tributary/internal/store"
)

type importCmd struct {
	Files  []string `arg:"" name:"FILE" help:"Capture files of export datagrams, pcap or pcapng; several are read as one stream in order of capture time. A capture is known by its content and counts once, whatever its name; an import that was interrupted goes on where it stopped when the same files are imported again. - is standard input: it cannot be known before it is read, so it counts each time, and cannot be gone on with."`
	Again  bool     `help:"Count captures that were imported before, or are in an interrupted import, all the same and from their beginning: they then count twice. Default: they are skipped, or refused."`
	Future bool     `help:"Take datagrams dated more than a day ahead of this machine's clock. Default: they end the import, because retention counts back from the newest slot, so that one of them can have old slots dropped."`
}

// Run reads the captures into the store. What stands before a cut in a file is kept; the cut is
// then the command's error.
func (c *importCmd) Run(m *Main) error {
	cfg, err := m.loadConfig()
	if err != nil {
		return err
	}
	captures, err := collect.OpenCaptures(c.Files)
	if err != nil {
		return err
	}
	defer captures.Close()
	i := &importing{captures: captures, request: importRequest{Again: c.Again}, latest: math.MaxInt64, stderr: m.Stderr, progress: m.newProgress("importing")}
	if !c.Future {
		i.latest = time.Now().Add(dayAhead).UnixMilli()
	}
	if err := i.identify(m.Ctx, c.Files); err != nil {
		return err
	}
	in, err := openIntake(m.Ctx, cfg)
	switch {
	case errors.Is(err, store.ErrLocked):
		err = i.into(m.Ctx, cfg, err)
	case err == nil:
		err = errors.Join(i.local(m.Ctx, in), in.Close())
	}
	i.progress.end()
	if err != nil {
		if m.Ctx.Err() != nil {
			return i.interrupted()
		}
		return err
	}
	reportSkipped(m.Stderr, captures)
	var cuts []error
	for _, cut := range captures.Cut {
		cuts = append(cuts, cut)
	}
	return errors.Join(cuts...)
}

// importing is an import under way.
type importing struct {
	captures *collect.Merge
	request  importRequest
	latest   int64 // that a datagram may be dated, Unix milliseconds
	progress *progress
	stderr   io.Writer
}

// identify completes the request.
func (i *importing) identify(ctx context.Context, files []string) error {
	for n, name := range files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		i.progress.show(0, fmt.Sprintf("looking whether %s was imported before, %d of %s", name, n+1, plural(len(files), "file")))
		identity, err := collect.Identify(name)
		if err != nil {
			return err
		}
		if name == "-" {
			name = "standard input"
		}
		i.request.Files = append(i.request.Files, importFile{Name: name, Identity: identity})
	}
	return nil
}

// follow does as the plan says, and reports whether there is something to read.
func (i *importing) follow(p *importPlan) bool {
	i.progress.end()
	for _, s := range p.Said {
		fmt.Fprintln(i.stderr, s)
	}
	files := make([]importFile, len(p.Read))
	for n, number := range p.Read {
		files[n] = i.request.Files[number]
	}
	i.request.Files = files
	i.captures.Select(p.Read)
	return len(p.Read) > 0
}

// dayAhead is how much newer than the clock a datagram may be: clocks differ, and time zones are
// mistaken for one another.
const dayAhead = 24 * time.Hour

// next reads the next datagram of the captures.
func (i *importing) next(dg *flow.Datagram) error {
	if err := i.captures.Next(dg); err != nil {
		return err
	}
	if dg.Arrival <= i.latest {
		return nil
	}
	return fmt.Errorf("%s is dated %s, which is more than a day ahead of this machine's clock: were it imported, retention would count back from there and could drop what is stored; set the clock, correct the capture (editcap -t), or import it with --future",
		i.captures.Path(), time.UnixMilli(dg.Arrival).UTC().Format(minuteFormat))
}

// watch shows how far the import is.
func (i *importing) watch(datagrams int, dg *flow.Datagram) {
	if i.progress.due() {
		i.progress.show(i.captures.Progress(), fmt.Sprintf("%d datagrams, at %s", datagrams, time.UnixMilli(dg.Arrival).UTC().Format("2006-01-02 15:04")))
	}
}

// interrupted is the error of an import that was asked to stop.
func (i *importing) interrupted() error {
	for _, f := range i.request.Files {
		if f.Identity == "" {
			return errors.New("the import was interrupted: a part of the captures is in the store, and it cannot be gone on with, because standard input cannot be read again; import into a new store to begin again")
		}
	}
	return errors.New("the import was interrupted: import the same files again to go on where it stopped")
}

// local imports into the store that this process holds.
func (i *importing) local(ctx context.Context, in *intake) error {
	plan, err := in.planImport(i.request)
	if err != nil || !i.follow(plan) {
		return err
	}
	forBulk()
	sum, err := in.readPlanned(ctx, plan, i.next, i.watch)
	if err != nil {
		return err
	}
	i.progress.end()
	sum.report(i.stderr)
	return sum.empty()
}

// into sends the captures, as one, to the process that holds the store, after asking it for its plan.
// locked is the error that led here. What that process has to say goes to standard error.
func (i *importing) into(ctx context.Context, cfg *config.Config, locked error) error {
	var answer bytes.Buffer
	if err := askRunning(ctx, cfg, "import-plan", i.request, &answer, locked); err != nil {
		return err
	}
	var plan importPlan
	if err := json.Unmarshal(answer.Bytes(), &plan); err != nil {
		return fmt.Errorf("cannot read the running tributary's plan: %w", err)
	}
	if !i.follow(&plan) {
		return nil
	}
	body, stream := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := i.send(stream)
		stream.CloseWithError(err)
		sent <- err
	}()
	answer.Reset()
	err := post(ctx, cfg, "import", body, &answer, locked)
	body.Close() // ends the sender where the receiver has given up
	if sendErr := <-sent; sendErr != nil && !errors.Is(sendErr, io.ErrClosedPipe) {
		return sendErr // the receiver only says that the stream broke off
	}
	i.progress.end()
	answer.WriteTo(i.stderr)
	return err
}

// send writes the request as a line of JSON, then the captures as one.
func (i *importing) send(w io.Writer) error {
	request, err := json.Marshal(i.request)
	if err != nil {
		panic("BUG: a request that cannot be written: " + err.Error())
	}
	if _, err := w.Write(append(request, '\n')); err != nil {
		return err
	}
	out, err := simulate.NewCaptureWriter(w)
	if err != nil {
		return err
	}
	var dg flow.Datagram
	for datagrams := 1; ; datagrams++ {
		err := i.next(&dg)
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		if err := out.Write(&dg, simulate.PortOf(dg.Payload)); err != nil {
			return err
		}
		if datagrams%256 == 0 {
			i.watch(datagrams, &dg)
		}
	}
}

// answerPlan tells another process what of its captures is to be read.
func (in *intake) answerPlan(request []byte, w io.Writer) error {
	var q importRequest
	if err := json.Unmarshal(request, &q); err != nil {
		return usagef("cannot read the request to import: %w", err)
	}
	plan, err := in.planImport(q)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(plan)
}

// receive reads the captures that another process sends into the store, and says what became of
// them: a line with the request, whose files are all to be read, then a capture.
func (in *intake) receive(ctx context.Context, r io.Reader, w io.Writer) error {
	body := bufio.NewReaderSize(r, 1<<18)
	line, err := body.ReadBytes('\n')
	var q importRequest
	if err == nil {
		err = json.Unmarshal(line, &q)
	}
	if err != nil {
		return usagef("cannot read the request to import: %w", err)
	}
	plan, err := in.planImport(q)
	if err != nil {
		return err
	}
	if len(plan.Read) == 0 { // as by a command that was killed once it had sent everything
		for _, sentence := range plan.Said {
			fmt.Fprintln(w, sentence)
		}
		return nil
	}
	for n, number := range plan.Read {
		if n != number {
			plan.Read = nil
		}
	}
	if len(plan.Read) != len(q.Files) {
		return errors.New("some of the captures were imported by another command in the meantime; import them again to see which")
	}
	capture, err := collect.NewCapture("the capture sent", body)
	if err != nil {
		return err
	}
	sum, err := in.readPlanned(ctx, plan, capture.Next, nil)
	if err != nil {
		return err
	}
	if err := sum.empty(); err != nil {
		var why bytes.Buffer
		sum.report(&why)
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(why.Bytes()))
	}
	sum.report(w)
	fmt.Fprintln(w, "read by the running tributary, with the configuration that it was started with")
	return nil
}
