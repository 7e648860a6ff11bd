// What the binary runs to draw a figure: ECharts with the charts the figures need, and render. It is
// built into one script without modules (see figures.vite.config.ts), which internal/figure runs in
// a JavaScript interpreter that has no DOM, no timers and no clock.
import { BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TitleComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { formats, revive } from "./format";

echarts.use([
  BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, ScatterChart,
  GraphicComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent,
  TitleComponent, VisualMapComponent,
  SVGRenderer,
]);

// measure is put in place by the host: the width of text in CSS pixels in a CSS font.
declare const measure: (text: string, font: string) => number;

echarts.setPlatformAPI({
  measureText: (text: string, font?: string) => ({ width: measure(text, font ?? "12px sans-serif") }),
});

// render draws an option (JSON) of the given size and returns the SVG.
export function render(option: string, width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(lend(revive({ animation: false, ...JSON.parse(option) })));
  const svg = chart.renderToSVGString({ useViewBox: true });
  chart.dispose();
  return svg;
}

// lend marks the data of series as values to be used as they are. ECharts would copy all of it, several
// times over, lest the caller change it afterwards: a tenth of the time of drawing.
function lend<T extends { series?: unknown }>(option: T): T {
  const series = Array.isArray(option.series) ? option.series : [option.series];
  for (const one of series as ({ data?: unknown } | undefined)[]) {
    if (Array.isArray(one?.data)) Object.defineProperty(one.data, "__ec_primitive__", { value: true });
  }
  return option;
}

// format is a formatter by its name; for the test that compares with Go's.
export function format(name: string, v: number): string {
  const f = formats[name];
  return f ? f(v) : "";
}
