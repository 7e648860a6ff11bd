package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"tributary/internal/config"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// A store has one process at a time. A command that needs a store which a running tributary holds
// asks that process: it posts the question to a Unix socket in the data folder and gets the bytes
// that it would have computed itself.

// socketName is the socket's name in the data folder.
const socketName = "tributary.sock"

// question is what can be asked of another process: from its JSON to the bytes of the answer.
type question func(ctx context.Context, source *stats.Source, request []byte, w io.Writer) error

// questions are all that can be asked, by name.
var questions = map[string]question{
	"dataset": asked(answerDataset),
	"top":     asked(answerTop),
	"report":  asked(answerReport),
	"annex":   asked(answerAnnex),
}

// asked reads the request of an answer's own type.
func asked[R any](answer func(context.Context, *stats.Source, R, io.Writer) error) question {
	return func(ctx context.Context, source *stats.Source, request []byte, w io.Writer) error {
		var r R
		if err := json.Unmarshal(request, &r); err != nil {
			return usagef("cannot read the question: %w", err)
		}
		return answer(ctx, source, r, w)
	}
}

// ask writes the answer to a question: from the store, or, where a running tributary holds it, from
// that process.
func ask[R any](m *Main, name string, request R, w io.Writer) error {
	source, done, err := m.openSource(m.Ctx)
	if errors.Is(err, store.ErrLocked) {
		cfg, configErr := m.loadConfig()
		if configErr != nil {
			return configErr
		}
		return askRunning(m.Ctx, cfg, name, request, w, err)
	}
	if err != nil {
		return err
	}
	defer done()
	body, err := json.Marshal(request)
	if err != nil {
		panic("BUG: a question that cannot be written: " + err.Error())
	}
	return questions[name](m.Ctx, source, body, w)
}

// askRunning asks the process that holds the store. locked is the error that led here.
func askRunning(ctx context.Context, cfg *config.Config, name string, request any, w io.Writer, locked error) error {
	body, err := json.Marshal(request)
	if err != nil {
		panic("BUG: a question that cannot be written: " + err.Error())
	}
	return post(ctx, cfg, name, bytes.NewReader(body), w, locked)
}

// post sends a body to the process that holds the store and writes its answer to w.
func post(ctx context.Context, cfg *config.Config, name string, body io.Reader, w io.Writer, locked error) error {
	path, release, err := socketPath(cfg.Data)
	if err != nil {
		return errors.Join(locked, err)
	}
	defer release()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialSocket(ctx, path)
	}}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://tributary/"+name, body)
	if err != nil {
		return fmt.Errorf("cannot ask the running tributary: %w", err)
	}
	resp, err := client.Do(r)
	if err != nil {
		path := filepath.Join(cfg.Data, socketName)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w; it answers no questions (there is no %s), as an import under way: wait until it has ended", locked, path)
		}
		return fmt.Errorf("%w, and that process cannot be asked at %s: %w", locked, path, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		message, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
		if resp.StatusCode == http.StatusBadRequest {
			return usagef("%s", message)
		}
		return errors.New(string(message))
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("the running tributary broke off its answer: %w", err)
	}
	return nil
}

// socketWait is how long a process that has just locked the store may take until its socket is there.
const socketWait = 3 * time.Second

func dialSocket(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	for deadline := time.Now().Add(socketWait); ; {
		conn, err := d.DialContext(ctx, "unix", path)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return conn, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// answers serves the questions of other processes, and takes captures from them.
type answers struct {
	source   func() *stats.Source // with the catalogue of now
	plan     func(request []byte, w io.Writer) error
	receive  func(ctx context.Context, capture io.Reader, w io.Writer) error
	listener net.Listener
	release  func()
	turn     chan struct{} // holds a token while there is an import: they take turns, as each marks how far it is
	busy     sync.RWMutex  // held for reading by every request: the store is not closed under one
}

// newAnswers opens the socket, in place of one that a killed process left: the caller holds the
// store's lock, so no other process serves it.
func newAnswers(in *intake) (*answers, error) {
	data := in.config.Data
	path, release, err := socketPath(data)
	if err != nil {
		return nil, err
	}
	os.Remove(path)
	mask := syscall.Umask(0o177) // the socket is mode 0600 from its first moment
	listener, err := net.Listen("unix", path)
	syscall.Umask(mask)
	if err != nil {
		release()
		return nil, fmt.Errorf("cannot open the socket %s for other commands' questions: %w", filepath.Join(data, socketName), err)
	}
	return &answers{source: in.source, plan: in.answerPlan, receive: in.receive, turn: make(chan struct{}, 1), listener: listener, release: release}, nil
}

// maxSocketPath is what sockaddr_un holds, less the final zero.
const maxSocketPath = 107

// socketPath is a path of the socket that is short enough for a socket's address: through the open
// folder where the real one is longer.
func socketPath(data string) (path string, release func(), err error) {
	path = filepath.Join(data, socketName)
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	folder, err := os.Open(data)
	if err != nil {
		return "", nil, fmt.Errorf("cannot open the data folder: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), socketName), func() { folder.Close() }, nil
}

// serve answers until the context ends; questions under way are then cancelled. When it returns,
// nobody asks or writes to the store any more.
func (a *answers) serve(ctx context.Context) {
	server := &http.Server{
		Handler:           http.HandlerFunc(a.answer),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	_ = server.Serve(a.listener) // always ends with http.ErrServerClosed: the context ended
	a.release()
	a.busy.Lock() // Close does not wait for requests under way
	defer a.busy.Unlock()
}

func (a *answers) answer(w http.ResponseWriter, r *http.Request) {
	a.busy.RLock()
	defer a.busy.RUnlock()
	if r.Context().Err() != nil { // it came as the server was closing
		http.Error(w, "the running tributary is ending: try again", http.StatusServiceUnavailable)
		return
	}
	var out bytes.Buffer // whole before it is sent: an error must not follow half an answer
	if err := a.put(r, &out); err != nil {
		status := http.StatusInternalServerError
		if _, ok := errors.AsType[*usageError](err); ok {
			status = http.StatusBadRequest
		}
		w.WriteHeader(status)
		io.WriteString(w, err.Error())
		return
	}
	w.Write(out.Bytes())
}

// maxQuestion bounds a question in bytes: the request to import a hundred thousand files is one.
const maxQuestion = 1 << 24

// put puts a request to whom it concerns.
func (a *answers) put(r *http.Request, w io.Writer) error {
	name := filepath.Base(r.URL.Path)
	if name == "import" {
		select {
		case a.turn <- struct{}{}:
			defer func() { <-a.turn }()
		case <-r.Context().Done():
			return r.Context().Err()
		}
		return a.receive(r.Context(), r.Body, w)
	}
	q, ok := questions[name]
	if !ok && name != "import-plan" {
		return fmt.Errorf("the running tributary does not know the question %q: is it of another version?", name)
	}
	request, err := io.ReadAll(io.LimitReader(r.Body, maxQuestion))
	if err != nil {
		return fmt.Errorf("cannot read the question: %w", err)
	}
	if name == "import-plan" {
		return a.plan(request, w)
	}
	return q(r.Context(), a.source(), request, w)
}
