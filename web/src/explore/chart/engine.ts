// ECharts as the explore page uses it. charts.ts names its parts: the Overview has loaded them already.
import "../../charts";
import * as echarts from "echarts/core";
import type { Option } from "./draw";

// begin makes an empty chart in an element.
export const begin = (element: HTMLElement) => echarts.init(element, null, { renderer: "svg", width: 300, height: 300 });

// still draws an option as SVG text, without a page.
export function still(option: Option, width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(option as never);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
