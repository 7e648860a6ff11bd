package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"tributary/internal/figure"
)

// pngWidth is that of figures as PNG: twice the width they are drawn for.
const pngWidth = 2 * figure.WideWidth

// Converter makes PNG of SVG with a program of the machine.
type Converter struct {
	Program  string // path
	chromium bool
}

// NoConverter is what to say where FindConverter finds none.
const NoConverter = "no figures as PNG: neither rsvg-convert (Debian: librsvg2-bin) nor chromium is installed"

// FindConverter looks for rsvg-convert, then Chromium. Without either it returns nil, which converts
// nothing.
func FindConverter() *Converter {
	for _, name := range [...]string{"rsvg-convert", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return &Converter{path, name != "rsvg-convert"}
		}
	}
	return nil
}

// Convert makes a PNG of each SVG of a report's files, in their order.
func (c *Converter) Convert(ctx context.Context, files []File) ([]File, error) {
	if c == nil {
		return nil, nil
	}
	var out []File
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Path, ".svg"); ok {
			out = append(out, File{name + ".png", f.Data})
		}
	}
	errs := make([]error, len(out))
	var wait sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range out {
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			if out[i].Data, errs[i] = c.png(ctx, out[i].Data); errs[i] != nil {
				errs[i] = fmt.Errorf("cannot make %s with %s: %w", out[i].Path, c.Program, errs[i])
			}
		})
	}
	wait.Wait()
	return out, errors.Join(errs...)
}

func (c *Converter) png(ctx context.Context, svg []byte) ([]byte, error) {
	if c.chromium {
		return c.screenshot(ctx, svg)
	}
	cmd := exec.CommandContext(ctx, c.Program, "--format", "png", "--width", strconv.Itoa(pngWidth), "--keep-aspect-ratio")
	cmd.Stdin = bytes.NewReader(svg)
	return output(cmd)
}

var svgSize = regexp.MustCompile(`^<svg [^>]*width="(\d+)" height="(\d+)"`)

// screenshot lets Chromium draw the SVG at two device pixels for one, in a profile of its own, with
// nothing that would ask the network.
func (c *Converter) screenshot(ctx context.Context, svg []byte) ([]byte, error) {
	dir, err := os.MkdirTemp("", "tributary-png-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file, out := filepath.Join(dir, "figure.svg"), filepath.Join(dir, "figure.png")
	if err := os.WriteFile(file, svg, 0o600); err != nil {
		return nil, err
	}
	size := svgSize.FindSubmatch(svg)
	if size == nil {
		return nil, errors.New("the SVG has no size")
	}
	args := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-device-scale-factor=2",
		"--user-data-dir=" + filepath.Join(dir, "profile"), "--screenshot=" + out,
		fmt.Sprintf("--window-size=%s,%s", size[1], size[2]), "file://" + file,
	}
	if os.Getuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...) // Chromium's own sandbox refuses to run as root
	}
	if _, err := output(exec.CommandContext(ctx, c.Program, args...)); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// output runs a program; its error holds the first line of what it complained.
func output(cmd *exec.Cmd) ([]byte, error) {
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if line, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n"); line != "" {
			return nil, fmt.Errorf("%w: %s", err, line)
		}
		return nil, err
	}
	return out.Bytes(), nil
}
