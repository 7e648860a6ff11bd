package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tributary/internal/collect"
	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/simulate"
	"tributary/internal/store"
)

type importCmd struct {
	Files []string `arg:"" name:"FILE" help:"Capture files of export datagrams, pcap or pcapng; several are read as one stream in order of capture time. - is standard input. What is imported twice counts twice."`
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
	p := m.newProgress("importing")
	watch := func(datagrams int, dg *flow.Datagram) {
		if p.due() {
			p.show(captures.Progress(), fmt.Sprintf("%d datagrams, at %s", datagrams, time.UnixMilli(dg.Arrival).UTC().Format("2006-01-02 15:04")))
		}
	}
	in, err := openIntake(m.Ctx, cfg)
	switch {
	case errors.Is(err, store.ErrLocked):
		err = importInto(m.Ctx, cfg, captures, watch, m.Stderr, err)
	case err == nil:
		defer in.Close()
		var sum *bulkSum
		if sum, err = in.readBulk(m.Ctx, captures.Next, watch); err == nil {
			p.end()
			sum.report(m.Stderr)
			err = sum.empty()
		}
	}
	p.end()
	if err != nil {
		if m.Ctx.Err() != nil {
			return errors.New("the import was interrupted: a part of the captures is in the store; import into a new store to begin again")
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

// importInto sends the captures, as one, to the process that holds the store. locked is the error
// that led here. What that process has to say goes to w.
func importInto(ctx context.Context, cfg *config.Config, captures *collect.Merge, watch func(int, *flow.Datagram), w io.Writer, locked error) error {
	body, stream := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := sendCapture(stream, captures, watch)
		stream.CloseWithError(err)
		sent <- err
	}()
	err := post(ctx, cfg, "import", body, w, locked)
	body.Close() // ends the sender where the receiver has given up
	if sendErr := <-sent; err == nil {
		err = sendErr
	}
	return err
}

func sendCapture(w io.Writer, captures *collect.Merge, watch func(int, *flow.Datagram)) error {
	out, err := simulate.NewCaptureWriter(w)
	if err != nil {
		return err
	}
	var dg flow.Datagram
	for datagrams := 1; ; datagrams++ {
		err := captures.Next(&dg)
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
			watch(datagrams, &dg)
		}
	}
}

// receive reads a capture that another process sends into the store, and says what became of it.
func (in *intake) receive(ctx context.Context, r io.Reader, w io.Writer) error {
	capture, err := collect.NewCapture("the capture sent", r)
	if err != nil {
		return err
	}
	sum, err := in.readBulk(ctx, capture.Next, nil)
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
