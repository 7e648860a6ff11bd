// What forms over time share: axes, the tooltip of a step, the open slots.
import { local } from "../../text";
import { stepLength, stepName } from "../range";
import type { Answer, Row } from "../wire";
import { between, short, tick } from "../values";
import type { Drawn, Option } from "./draw";
import { colours, looks, nameOf, stacked } from "./look";
import { type TipRow, tipElement } from "./tip";

export const ms = (iso: string): number => Date.parse(iso);

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number): string => String(n).padStart(2, "0");

// label writes a place on the time axis in UTC; where a day, month or year begins it is named.
export function label(value: number): string {
  const t = new Date(value);
  const [y, m, d, h, min] = [t.getUTCFullYear(), t.getUTCMonth(), t.getUTCDate(), t.getUTCHours(), t.getUTCMinutes()];
  if (h || min) return `${two(h)}:${two(min)}`;
  if (d !== 1) return `${d} ${months[m]}`;
  return m === 0 ? `${months[m]} ${y}` : months[m]!;
}

// grid leaves room for labels.
export const grid = (d: Drawn): Option => ({ left: d.width < 500 ? 58 : 76, right: d.width < 500 ? 12 : 22, top: 16, bottom: 30 });

export function axes(d: Drawn, log: boolean): Option {
  const look = looks[d.theme];
  const a = d.answer;
  const positive = log ? leastPositive(a) : 0;
  return {
    xAxis: {
      type: "time", min: ms(a.from), max: ms(a.to), splitNumber: Math.max(3, Math.floor(d.width / 130)),
      axisLabel: { color: look.muted, fontSize: 12, formatter: label, hideOverlap: true },
      axisLine: { lineStyle: { color: look.rule } }, axisTick: { lineStyle: { color: look.rule } }, splitLine: { show: false },
      axisPointer: { lineStyle: { color: look.muted, type: "solid", width: 1 }, snap: false, label: { show: false } },
    },
    yAxis: {
      type: log ? "log" : "value", ...(log ? { min: Math.pow(10, Math.floor(Math.log10(positive))) } : {}),
      ...(a.unit === "ratio" && !log ? { max: (v: { max: number }) => (v.max > 0.8 ? 1 : null) } : {}), // there is no 120 %
      axisLabel: { color: look.muted, fontSize: 12, formatter: tick(a.unit) },
      axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.rule, width: 0.7 } }, splitNumber: 5,
    },
  };
}

// leastPositive is what a logarithmic axis can begin at; of much smaller values, six powers of ten are shown.
export function leastPositive(a: Answer): number {
  let least = Infinity, most = 0;
  for (const r of a.rows?.length ? a.rows : [a.total]) {
    for (const v of [...r.values, r.whole.value]) {
      if (v !== null && v > 0) (least = Math.min(least, v), (most = Math.max(most, v)));
    }
  }
  return most > 0 ? Math.max(least, most / 1e6) : 1;
}

// points are values where their steps begin. The last is held to the end of the range. A logarithmic
// axis has no place for zero.
export function points(a: Answer, values: (number | null)[], log: boolean): [number, number | null][] {
  const fit = (v: number | null) => (log && v !== null && v <= 0 ? null : v);
  const out = a.times.map((t, i): [number, number | null] => [ms(t), fit(values[i] ?? null)]);
  const last = out[out.length - 1];
  if (last) out.push([ms(a.to), last[1]]);
  return out;
}

// steps makes stairs where there are so few that a slope would tell of something that was not measured.
export const stairs = (a: Answer): "end" | false => (a.times.length <= 48 ? "end" : false);

// openArea marks what still grows.
export function openArea(d: Drawn): Option {
  const a = d.answer;
  if (!a.open || ms(a.open) >= ms(a.to)) return {};
  const look = looks[d.theme];
  return {
    markArea: {
      silent: true, itemStyle: { color: look.open, borderColor: look.muted, borderWidth: 0.7, borderType: "dashed" },
      label: { show: d.width > 500, position: "insideTopRight", color: look.muted, fontSize: 11, formatter: "still growing" },
      data: [[{ xAxis: ms(a.open) }, { xAxis: ms(a.to) }]],
    },
  };
}

// stepAt is the step that a time lies in.
export function stepAt(a: Answer, t: number): number {
  let i = a.times.length - 1;
  while (i > 0 && ms(a.times[i]!) > t) i--;
  return i;
}

// timeTip tells of all rows in the step pointed at, in the order in which they are seen.
export function timeTip(d: Drawn, order = d.answer.rows?.map((_, i) => i) ?? []): Option {
  if (d.still) return { show: false };
  return {
    trigger: "axis", renderMode: "html", confine: true, className: "explore-tip", transitionDuration: 0, axisPointer: { type: "line" },
    formatter: (params: { axisValue?: number | string }[]) => {
      const t = Number(params[0]?.axisValue);
      return Number.isFinite(t) ? tipElement(stepTip(d, stepAt(d.answer, t), order)) : "";
    },
  };
}

function stepTip(d: Drawn, i: number, order: number[]) {
  const a = d.answer, colour = colours(a, d.theme);
  const at = ms(a.times[i]!);
  const end = Math.min(at + stepLength(a.step, at, ms(a.to)), ms(a.to));
  const line = (r: Row, name: string, more: Partial<TipRow>): TipRow => {
    const [low, high] = [r.low?.[i] ?? null, r.high?.[i] ?? null];
    const parts: string[] = [];
    if (low !== null && high !== null) parts.push(between(low, high, a.unit));
    if (r.before) parts.push(`before ${short(r.before[i] ?? null, a.unit)}`);
    return { name, value: short(r.values[i] ?? null, a.unit), more: parts.join(", "), ...more };
  };
  const rows = order.map((n) => line(a.rows![n]!, nameOf(a.rows![n]!), { colour: colour[n]! }));
  if (a.others) rows.push(line(a.others, `${a.left} others`, { colour: looks[d.theme].others }));
  rows.push(line(a.total, "Total", { strong: true }));
  const growing = a.open && end > ms(a.open) ? "Not committed yet: it still grows." : undefined;
  const to = a.step === "1d" || a.step === "1mo" ? "" : ` to ${new Date(end).toISOString().slice(11, 16)}`;
  return { title: `${stepName(a.step, a.times[i]!)}${to} UTC`, under: local(new Date(at)).replace(":00 UTC", " UTC"), rows, ...(growing ? { note: growing } : {}) };
}

// topDown is the order of a stack as it is seen.
export const topDown = (a: Answer): number[] => [...stacked(a)].reverse();
