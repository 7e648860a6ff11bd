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

// program is the chart script, compiled once (0.3 s); every figure runs it in an interpreter of its
// own (0.1 s), because ECharts numbers what it draws, and what one figure holds must not change the
// bytes of another.
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

// draw runs ECharts on the charts, one after the other in one interpreter, and returns its SVGs as
// they come. The same charts in the same order are the same bytes.
func draw(charts []Chart) ([]string, error) {
	p, err := program()
	if err != nil {
		return nil, err
	}
	vm, err := interpreter(p)
	if err != nil {
		return nil, err
	}
	var render func(option string, width, height int) (string, error)
	if err := vm.ExportTo(vm.Get("figures").ToObject(vm).Get("render"), &render); err != nil {
		return nil, fmt.Errorf("the chart script has no function render: %w", err)
	}
	var out []string
	for _, c := range charts {
		option, err := json.Marshal(c.Option)
		if err != nil {
			return nil, fmt.Errorf("cannot write the chart's option: %w", err)
		}
		svg, err := render(string(option), c.Width, c.Height)
		if err != nil {
			return nil, fmt.Errorf("cannot draw the chart: %w", err)
		}
		out = append(out, svg)
	}
	return out, nil
}

func interpreter(p *goja.Program) (*goja.Runtime, error) {
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
