// ECharts by parts: what the figures of internal/figure need, and the tooltip. This module is loaded
// when the first figure is shown.
import { BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import { GraphicComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { formats, revive } from "../figures/format";
import type { Figure } from "./api";
import type { Theme } from "./theme";

echarts.use([
  BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, ScatterChart,
  GraphicComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent,
  SVGRenderer,
]);

// The tooltip is drawn, not written as HTML: its markup would carry inline styles, which the content
// security policy forbids.
function tooltip(theme: Theme): object {
  const dark = theme === "dark";
  return {
    renderMode: "richText",
    confine: true,
    transitionDuration: 0.1,
    backgroundColor: dark ? "#24282f" : "#ffffff",
    borderColor: dark ? "#454b54" : "#c9cdd3",
    borderWidth: 1,
    padding: [8, 11],
    textStyle: { color: dark ? "#eceef1" : "#1a1c20", fontSize: 13 },
  };
}

interface Band {
  dataType?: string;
  data: { source?: string; target?: string; name?: string };
  value: number;
}

interface Sankey {
  nodes: { name: string; label: { formatter: string } }[];
  silent: boolean;
  emphasis: object;
  blur: object;
}

// nameBands lets a Sankey be pointed at, and its tooltip call nodes by the names they are labelled
// with; their own names tell the two sides apart ("in cdn", "out cdn").
function nameBands(option: Record<string, unknown>): void {
  const series = (option["series"] as Sankey[] | undefined)?.[0];
  if (!series) return; // nothing flowed
  series.silent = false;
  series.emphasis = { focus: "adjacency" };
  series.blur = { lineStyle: { opacity: 0.12 }, itemStyle: { opacity: 0.4 }, label: { opacity: 0.6 } };
  const names = new Map(series.nodes.map((n) => [n.name, n.label.formatter]));
  const called = (id = "") => names.get(id) ?? id;
  (option["tooltip"] as Record<string, unknown>)["formatter"] = (b: Band) =>
    (b.dataType === "edge" ? `${called(b.data.source)} → ${called(b.data.target)}` : called(b.data.name)) + "\n" + formats["@bits"]!(b.value);
}

// draw shows the figure in the element and returns what takes it away.
export function draw(element: HTMLElement, figure: Figure, theme: Theme): () => void {
  const chart = echarts.init(element, null, { renderer: "svg", width: figure.width, height: figure.height });
  const option = revive(structuredClone(figure.option)) as Record<string, unknown>;
  option["tooltip"] = { ...tooltip(theme), ...(option["tooltip"] as object | undefined) };
  if (figure.name === "flow") nameBands(option);
  chart.setOption(option);
  return () => chart.dispose();
}
