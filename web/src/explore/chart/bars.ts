// Bars: one a row over the whole range, with whiskers for bounds; with a step, one a row and step.
import type { Row } from "../wire";
import { bounds, change, exact, ofTotal, short, tick } from "../values";
import { percent } from "../../text";
import { type Chart, type Drawn, type Option, rowHit } from "./draw";
import { colours, looks, nameOf, stacked, tints } from "./look";
import { axes, grid, leastPositive, openArea, ms, timeTip, topDown } from "./time";
import { stepLength } from "../range";
import { tipElement } from "./tip";

export const bars = (d: Drawn): Chart => (d.answer.times.length > 1 ? overTime(d) : ranked(d));

interface Api {
  coord: (p: [number, number]) => [number, number];
  value: (i: number) => number;
  size: (p: [number, number]) => [number, number];
}

// overTime draws a bar a step: stacked where rows add up, on a linear scale; else side by side.
function overTime(d: Drawn): Chart {
  const a = d.answer, look = looks[d.theme], colour = colours(a, d.theme);
  const stack = a.additive && !d.asked.log;
  const log = d.asked.log;
  const middle = (i: number) => {
    const t = ms(a.times[i]!);
    return t + Math.min(stepLength(a.step, t, ms(a.to)), ms(a.to) - t) / 2;
  };
  const data = (values: (number | null)[]) => a.times.map((_, i) => [middle(i), log && (values[i] ?? 0) <= 0 ? null : (values[i] ?? null)]);
  const one = (id: string, name: string, r: Row, c: string): Option => ({
    id, name, type: "bar", ...(stack ? { stack: "all" } : {}), data: data(r.values), itemStyle: { color: c }, barGap: "8%", barCategoryGap: "22%", barMaxWidth: 60,
    emphasis: { focus: "series" }, blur: { itemStyle: { opacity: 0.3 } },
  });
  const order = stack ? stacked(a) : (a.rows ?? []).map((_, i) => i);
  const series = order.map((i) => one(`row-${i}`, nameOf(a.rows![i]!), a.rows![i]!, colour[i]!));
  if (stack && a.others) series.push(one("others", `${a.left} others`, a.others, look.others));
  if (series.length === 0) series.push(one("total", "Total", a.total, look.palette[0]!));
  if (a.total.before && stack) {
    series.push({
      id: "before", name: "Total, the period before", type: "line", step: "middle", symbol: "none", silent: true, data: data(a.total.before), z: 5,
      lineStyle: { width: 1.6, type: [5, 4], color: look.before }, itemStyle: { color: look.before },
    });
  }
  Object.assign(series[0]!, openArea(d));
  return {
    option: { animation: false, useUTC: true, grid: grid(d), ...axes(d, log), tooltip: timeTip(d, stack ? topDown(a) : order), series },
    height: d.height, time: true, hit: rowHit(a),
  };
}

// ranked draws rows below each other, largest first. The sum of the others stands in the table: as a bar
// it would leave the rest no room.
function ranked(d: Drawn): Chart {
  const a = d.answer, look = looks[d.theme], colour = tints(a, d.theme);
  const rows: Row[] = [...(a.rows ?? [])];
  if (rows.length === 0) rows.push(a.total);
  const names = rows.map(nameOf);
  const tint = rows.map((_, i) => colour[i] ?? look.palette[0]!);
  const before = rows.some((r) => r.whole_before);
  const log = d.asked.log;
  const fit = (v: number | null | undefined) => (v === null || v === undefined || (log && v <= 0) ? null : v);
  const room = Math.min(Math.max(...names.map((n) => n.length)) * 7 + 14, d.width * (d.width < 500 ? 0.34 : 0.28));
  const height = Math.max(120, rows.length * (before ? 34 : 27) + 44);
  const series: Option[] = [{
    id: "rows", type: "bar", barMaxWidth: 18, barGap: "10%", z: 3,
    data: rows.map((r, i) => ({ value: fit(r.whole.value), itemStyle: { color: tint[i] } })),
    label: { show: true, position: "right", distance: 8, color: look.ink, fontSize: 12, formatter: (p: { dataIndex: number }) => short(rows[p.dataIndex]!.whole.value, a.unit) },
    emphasis: { itemStyle: { opacity: 0.8 } },
  }];
  if (before) {
    series.push({
      id: "before", type: "bar", barMaxWidth: 9, silent: true, z: 2,
      data: rows.map((r, i) => ({ value: fit(r.whole_before?.value), itemStyle: { color: "transparent", borderColor: tint[i], borderWidth: 1, borderType: "dashed" } })),
    });
  }
  series.push(whiskers(rows, look.ink, log, before));
  return {
    option: {
      animation: false, grid: { left: room, right: d.width < 500 ? 78 : 110, top: 6, bottom: 26 },
      xAxis: {
        type: log ? "log" : "value", ...(log ? { min: Math.pow(10, Math.floor(Math.log10(leastPositive(a)))) } : { min: 0 }), splitNumber: Math.max(2, Math.floor(d.width / 190)),
        axisLabel: { color: look.muted, fontSize: 12, formatter: tick(a.unit), hideOverlap: true }, splitLine: { lineStyle: { color: look.rule, width: 0.7 } },
      },
      yAxis: {
        type: "category", inverse: true, data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: look.rule } },
        axisLabel: { color: look.ink, fontSize: 12.5, width: room - 12, overflow: "truncate", interval: 0 }, triggerEvent: true,
      },
      tooltip: d.still ? { show: false } : {
        trigger: "item", renderMode: "html", confine: true, className: "explore-tip", transitionDuration: 0,
        formatter: (p: { dataIndex: number }) => {
          const r = rows[p.dataIndex]!;
          const share = ofTotal(r.whole.value, a.total.whole.value, a.additive);
          const lines = [{ name: "Exactly", value: exact(r.whole.value, a.unit) }];
          if (bounds(r.whole, a.unit)) lines.push({ name: r.whole.low === null ? "Sampling error" : "Bounds", value: bounds(r.whole, a.unit) });
          if (share !== null) lines.push({ name: "Of the total", value: percent(share) });
          if (r.whole_before) lines.push({ name: "Before", value: `${short(r.whole_before.value, a.unit)} (${change(r.whole.value, r.whole_before.value, a.unit)})` });
          return tipElement({ title: names[p.dataIndex]!, rows: lines });
        },
      },
      series,
    },
    height, time: false,
    hit: (e) => {
      const i = e.seriesId === "rows" || e.componentType === "yAxis" ? (e.dataIndex ?? -1) : -1;
      const keys = a.rows?.[i]?.keys;
      return keys?.length ? { keys } : undefined;
    },
  };
}

// whiskers are the bounds of two standard deviations, or the sampling error of 95 %.
function whiskers(rows: Row[], ink: string, log: boolean, before: boolean): Option {
  const spans = rows.map((r, i): [number, number, number] | null => {
    const v = r.whole;
    if (v.low !== null && v.high !== null && v.high > v.low) return [log ? Math.max(v.low, v.value ?? 0 / 1e3) : v.low, v.high, i];
    if (v.error !== null && v.error > 0.005 && v.value) return [Math.max(log ? v.value / 1e3 : 0, v.value * (1 - v.error)), v.value * (1 + v.error), i];
    return null;
  }).filter((s) => s !== null);
  return {
    id: "bounds", type: "custom", silent: true, z: 6, data: spans, encode: { x: [0, 1], y: 2 }, tooltip: { show: false },
    renderItem: (_: unknown, api: Api) => {
      const up = before ? api.size([0, 1])[1] * 0.14 : 0;
      const [a, b] = [api.coord([api.value(0), api.value(2)]), api.coord([api.value(1), api.value(2)])];
      const y = a[1] - up;
      const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: ink, lineWidth: 1.1 } });
      return { type: "group", children: [line(a[0], y, b[0], y), line(a[0], y - 4, a[0], y + 4), line(b[0], y - 4, b[0], y + 4)] };
    },
  };
}
