// Stacked areas over time: of measures whose parts add up.
import { type Chart, type Drawn, type Option, rowHit } from "./draw";
import { colours, looks, nameOf, stacked } from "./look";
import { axes, grid, openArea, points, stairs, timeTip, topDown } from "./time";

export function area(d: Drawn): Chart {
  const a = d.answer, look = looks[d.theme], colour = colours(a, d.theme);
  const layer = (id: string, name: string, values: (number | null)[], fill: string): Option => ({
    id, name, type: "line", stack: "all", data: points(a, values, false), step: stairs(a), symbol: "none", triggerEvent: true,
    lineStyle: { width: 0.8, color: look.paper, opacity: 0.7 }, areaStyle: { color: fill, opacity: 1 }, itemStyle: { color: fill },
    emphasis: { focus: "series", lineStyle: { width: 0.8 } }, blur: { areaStyle: { opacity: 0.25 } },
  });
  const series = stacked(a).map((i) => layer(`row-${i}`, nameOf(a.rows![i]!), a.rows![i]!.values, colour[i]!));
  if (a.others) series.push(layer("others", `${a.left} others`, a.others.values, look.others));
  if (series.length === 0) series.push(layer("total", "Total", a.total.values, look.palette[0]!));
  Object.assign(series[0]!, openArea(d));
  if (a.total.before) {
    series.push({
      id: "before", name: "Total, the period before", type: "line", data: points(a, a.total.before, false), step: stairs(a), symbol: "none", silent: true, z: 5,
      lineStyle: { width: 1.6, type: [5, 4], color: look.before }, itemStyle: { color: look.before }, emphasis: { disabled: true },
    });
  }
  const order = a.rows?.length ? topDown(a) : [];
  return {
    option: { animation: false, useUTC: true, grid: grid(d), ...axes(d, false), tooltip: timeTip(d, order), series },
    height: d.height, time: true, hit: rowHit(a),
  };
}
