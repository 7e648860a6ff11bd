package figure

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/dop251/goja"
)

// The script is built by "make" from web/figures with npm, and not committed.
//
//go:embed all:echarts
var scripts embed.FS

// ErrNoCharts is the error of a binary built without the chart script.
var ErrNoCharts = errors.New("this tributary was built without its charts: run make, which builds them with npm, and use bin/tributary")

// program is the chart script, compiled once (0.3 s).
var program = sync.OnceValues(func() (*goja.Program, error) {
	src, err := scripts.ReadFile("echarts/echarts.js")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoCharts
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the chart script: %w", err)
	}
	p, err := goja.Compile("echarts.js", string(src), false)
	if err != nil {
		return nil, fmt.Errorf("cannot compile the chart script: %w", err)
	}
	return p, nil
})

// host is what ECharts expects of its surroundings beyond the language: timers that never fire,
// since nothing is animated.
const host = `var setTimeout=function(){return 0},clearTimeout=function(){},setInterval=setTimeout,clearInterval=clearTimeout,
requestAnimationFrame=setTimeout,window=undefined;Math.random=function(){return 0.5};`

// interpreters are those that have run the chart script, which takes 0.1 s, and are free to draw. Those
// that lie idle are collected with the garbage.
var interpreters sync.Pool

// interpreter is a JavaScript interpreter with the chart script in it. It belongs to one goroutine at
// a time. What it has drawn before changes no byte of what it draws next: ECharts numbers its charts,
// and Draw puts the figure's own name in the place of those numbers.
type interpreter struct {
	render func(option string, width, height int) (string, error)
}

// Prepare makes n interpreters, in the background: it takes half a second, in which whoever is going to
// draw may read what is to be drawn. What fails here fails again, and is told, when a chart is drawn.
func Prepare(n int) {
	for range n {
		go func() {
			if in, err := newInterpreter(); err == nil {
				interpreters.Put(in)
			}
		}()
	}
}

// draw runs ECharts on the charts and returns its SVGs as they come.
func draw(charts []Chart) ([]string, error) {
	in, ok := interpreters.Get().(*interpreter)
	if !ok {
		var err error
		if in, err = newInterpreter(); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, c := range charts {
		option, err := json.Marshal(c.Option)
		if err != nil {
			return nil, fmt.Errorf("cannot write the chart's option: %w", err)
		}
		svg, err := in.render(string(option), c.Width, c.Height)
		if err != nil { // it stopped somewhere within ECharts, and is not used again
			return nil, fmt.Errorf("cannot draw the chart: %w", err)
		}
		out = append(out, svg)
	}
	interpreters.Put(in)
	return out, nil
}

func newInterpreter() (*interpreter, error) {
	p, err := program()
	if err != nil {
		return nil, err
	}
	vm, err := runtimeOf(p)
	if err != nil {
		return nil, err
	}
	in := &interpreter{}
	if err := vm.ExportTo(vm.Get("figures").ToObject(vm).Get("render"), &in.render); err != nil {
		return nil, fmt.Errorf("the chart script has no function render: %w", err)
	}
	return in, nil
}

// runtimeOf runs the chart script in a runtime of its own.
func runtimeOf(p *goja.Program) (*goja.Runtime, error) {
	vm := goja.New()
	if err := vm.Set("measure", measureCSS); err != nil {
		return nil, err
	}
	if _, err := vm.RunString(host); err != nil {
		return nil, fmt.Errorf("cannot prepare the chart script: %w", err)
	}
	if _, err := vm.RunProgram(p); err != nil {
		return nil, fmt.Errorf("cannot run the chart script: %w", err)
	}
	return vm, nil
}
