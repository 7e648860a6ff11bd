// Lines over time: with bands where a measure has bounds, dashed for the period before.
import type { Row } from "../wire";
import { type Chart, type Drawn, type Option, rowHit } from "./draw";
import { colours, dash, looks, nameOf } from "./look";
import { axes, grid, ms, openArea, points, stairs, timeTip } from "./time";

export function lines(d: Drawn): Chart {
  const a = d.answer, look = looks[d.theme], colour = colours(a, d.theme), log = d.asked.log;
  const series: Option[] = [];
  const rows: [string, string, Row, string, string][] = (a.rows ?? []).map((r, i) => [`row-${i}`, nameOf(r), r, colour[i]!, dash(a, i)]);
  if (rows.length === 0) rows.push(["total", "Total", a.total, look.palette[0]!, "solid"]);
  for (const [id, name, r, c, type] of rows) {
    const bounded = r.low?.some((v) => v !== null);
    if (bounded) series.push(band(d, `band-${id}`, r, c));
    if (r.before) {
      series.push({
        id: `before-${id}`, name: `${name}, the period before`, type: "line", data: points(a, r.before, log), step: stairs(a), symbol: "none", silent: true,
        lineStyle: { width: 1.2, type: [4, 4], color: c, opacity: 0.85 }, itemStyle: { color: c }, emphasis: { disabled: true },
      });
    }
    series.push({
      id, name, type: "line", data: points(a, r.values, log), step: stairs(a), symbol: "none", triggerEvent: true, z: 4,
      lineStyle: { width: 1.7, color: c, type, join: "round" }, itemStyle: { color: c },
      emphasis: { focus: "series", lineStyle: { width: 2.4 } }, blur: { lineStyle: { opacity: 0.18 } },
    });
  }
  if (series.length) Object.assign(series[series.length - 1]!, openArea(d));
  return {
    option: { animation: false, useUTC: true, grid: grid(d), ...axes(d, log), tooltip: timeTip(d), series },
    height: d.height, time: true, hit: rowHit(a),
  };
}

interface Api {
  coord: (p: [number, number]) => [number, number];
}

// band is the room between the bounds, drawn as one shape for each stretch in which they are known.
function band(d: Drawn, id: string, r: Row, colour: string): Option {
  const a = d.answer;
  const stretches: [number, number, number][][] = [[]];
  a.times.forEach((t, i) => {
    const [low, high] = [r.low?.[i], r.high?.[i]];
    if (low === null || low === undefined || high === null || high === undefined || (d.asked.log && low <= 0)) stretches.push([]);
    else {
      const s = stretches[stretches.length - 1]!;
      const end = a.times[i + 1] ?? a.to;
      s.push([ms(t), low, high]);
      if (stairs(a)) s.push([ms(end), low, high]);
    }
  });
  const shapes = stretches.filter((s) => s.length > 0);
  return {
    id, type: "custom", silent: true, clip: true, z: 2, data: shapes.map((_, i) => [ms(a.from), i]), tooltip: { show: false }, encode: { x: 0 },
    renderItem: (p: { dataIndex: number }, api: Api) => {
      const s = shapes[p.dataIndex]!;
      const upper = s.map(([t, , high]) => api.coord([t, high]));
      const lower = s.map(([t, low]) => api.coord([t, low])).reverse();
      return { type: "polygon", shape: { points: [...upper, ...lower] }, style: { fill: colour, opacity: 0.16 } };
    },
  };
}
