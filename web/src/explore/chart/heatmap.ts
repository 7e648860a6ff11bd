// Heatmaps: one dimension over time, or two against each other over the whole range.
import type { Key, Row } from "../wire";
import { exact, short } from "../values";
import { stepName } from "../range";
import type { Chart, Drawn, Option, Target } from "./draw";
import { looks, nameOf, rampAt } from "./look";
import { leastPositive, label, ms } from "./time";
import { tipElement } from "./tip";

interface Cells {
  columns: string[];
  columnTitles: string[];
  rows: string[];
  cells: { x: number; y: number; value: number | null; target: Target }[];
}

// crossed puts the first dimension in rows and the second in columns, largest first.
function crossed(d: Drawn): Cells {
  const first = new Map<string, Key>(), second = new Map<string, Key>();
  const rows = d.answer.rows ?? [];
  for (const r of rows) {
    const [a, b] = r.keys as [Key, Key];
    if (!first.has(a.value)) first.set(a.value, a);
    if (!second.has(b.value)) second.set(b.value, b);
  }
  const [ys, xs] = [[...first.keys()], [...second.keys()]];
  const columns = [...second.values()].map((k) => k.name);
  return {
    columns, columnTitles: columns, rows: [...first.values()].map((k) => k.name),
    cells: rows.map((r) => ({ x: xs.indexOf(r.keys![1]!.value), y: ys.indexOf(r.keys![0]!.value), value: r.whole.value, target: { keys: r.keys! } })),
  };
}

function overTime(d: Drawn): Cells {
  const a = d.answer;
  const rows: Row[] = a.rows ?? [];
  return {
    columns: a.times.map((t) => stepName(a.step, t)), columnTitles: a.times.map((t) => `${stepName(a.step, t)} UTC`), rows: rows.map(nameOf),
    cells: rows.flatMap((r, y) => r.values.map((value, x) => ({ x, y, value, target: { keys: r.keys! } }))),
  };
}

export function heatmap(d: Drawn): Chart {
  const a = d.answer, look = looks[d.theme];
  const timed = (a.question.by?.length ?? 0) < 2;
  const c = timed ? overTime(d) : crossed(d);
  const known = c.cells.filter((x) => x.value !== null);
  const most = Math.max(...known.map((x) => x.value!), 0);
  const least = d.asked.log ? leastPositive(a) : 0;
  const share = (v: number) => (d.asked.log ? (v > 0 ? Math.log(v / least) / Math.max(Math.log(most / least), 1e-9) : 0) : most > 0 ? v / most : 0);
  const left = Math.min(Math.max(...c.rows.map((n) => n.length), 4) * 7 + 16, d.width * 0.3);
  const cell = (d.width - left - 16) / Math.max(1, c.columns.length);
  const written = cell > 62 && c.columns.length <= 24;
  const slanted = !timed && Math.max(...c.columns.map((n) => n.length), 1) * 7 > cell;
  const band = Math.max(24, Math.min(44, (d.height - 60) / Math.max(1, c.rows.length)));
  const bottom = slanted ? 90 : 34;
  const series: Option = {
    id: "cells", type: "heatmap", progressive: 0,
    data: known.map((x) => {
      const { fill, ink } = rampAt(look, share(x.value!));
      return { value: [x.x, x.y, x.value], target: x.target, itemStyle: { color: fill, borderColor: look.paper, borderWidth: cell > 5 ? 1 : 0 }, label: { color: ink } };
    }),
    label: { show: written, fontSize: 11.5, formatter: (p: { value: number[] }) => short(p.value[2], a.unit) },
    emphasis: { itemStyle: { borderColor: look.ink, borderWidth: 1.5 } },
  };
  return {
    option: {
      animation: false, grid: { left, right: 16, top: 8, bottom },
      xAxis: {
        type: "category", data: c.columns, axisTick: { show: false }, axisLine: { show: false },
        axisLabel: {
          color: look.muted, fontSize: 12, hideOverlap: true, rotate: slanted ? 40 : 0, ...(timed ? {} : { interval: 0, width: slanted ? 110 : cell - 4, overflow: "truncate" }),
          ...(timed && a.step !== "1mo" ? { formatter: (_: string, i: number) => label(ms(a.times[i]!)) } : {}),
        },
      },
      yAxis: { type: "category", inverse: true, data: c.rows, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: look.ink, fontSize: 12.5, width: left - 12, overflow: "truncate", interval: 0 } },
      tooltip: d.still ? { show: false } : {
        trigger: "item", renderMode: "html", confine: true, className: "explore-tip", transitionDuration: 0,
        formatter: (p: { value: [number, number, number] }) => tipElement({
          title: c.rows[p.value[1]]!, under: c.columnTitles[p.value[0]]!,
          rows: [{ name: short(p.value[2], a.unit), value: "", more: exact(p.value[2], a.unit), strong: true }],
        }),
      },
      // The colours stand in the data; ECharts wants to be told that it need not find any.
      visualMap: { show: false, type: "continuous", min: 0, max: most || 1, dimension: 2, inRange: { opacity: 1 }, seriesIndex: [] },
      series: [series],
    },
    height: c.rows.length * band + 8 + bottom, time: false,
    hit: (e) => (e.data as { target?: Target } | undefined)?.target,
  };
}
