// Ranges of time as the API names them: "7d" up to now, "2026-05", "2026Q2", "2025", "2026-05-07",
// and two days or times joined by "..". All in UTC.

const hour = 3_600_000;
const day = 24 * hour;

const units: Record<string, number> = { m: 60_000, h: hour, d: day, w: 7 * day };
const unitNames: Record<string, string> = { m: "minutes", h: "hours", d: "days", w: "weeks" };

export interface Preset {
  range: string;
  name: string;
}

// running is the length of a range that ends now, in milliseconds; 0: it ends elsewhere.
export function running(range: string): number {
  const m = /^(\d+)([mhdw])$/.exec(range);
  return m ? Number(m[1]) * units[m[2]!]! : 0;
}

// nameOf is a range in words.
export function nameOf(range: string): string {
  const m = /^(\d+)([mhdw])$/.exec(range);
  if (m) {
    if (m[1] === "1") return `last ${unitNames[m[2]!]!.slice(0, -1)}`;
    return `last ${m[1]} ${unitNames[m[2]!]!}`;
  }
  return range.replace("..", " to ").replace(/T/g, " ");
}

const monthName = (y: number, m: number): string => new Date(Date.UTC(y, m, 1)).toISOString().slice(0, 7);

const monthAt = (n: number): string => monthName(Math.floor(n / 12), n % 12);

// presets are the ranges offered. Months and quarters are those of the newest data, which in a store
// that is fed is now.
export function presets(newest: string | null | undefined, months: string[]): Preset[] {
  const out: Preset[] = [
    { range: "1h", name: "Last hour" }, { range: "24h", name: "Last 24 hours" },
    { range: "7d", name: "Last 7 days" }, { range: "30d", name: "Last 30 days" },
  ];
  if (!newest) return out;
  const t = new Date(new Date(newest).getTime() - 1);
  const [y, m] = [t.getUTCFullYear(), t.getUTCMonth()];
  const q = Math.floor(m / 3);
  out.push({ range: monthName(y, m), name: `This month, ${monthName(y, m)}` });
  out.push({ range: monthName(y, m - 1), name: `Last month, ${monthName(y, m - 1)}` });
  const last = q === 0 ? `${y - 1}Q4` : `${y}Q${q}`;
  out.push({ range: `${y}Q${q + 1}`, name: `This quarter, ${y}Q${q + 1}` });
  out.push({ range: last, name: `Last quarter, ${last}` });
  const from = months[0], to = months[months.length - 1];
  if (from && to && from !== to) {
    const fourteen = monthName(y, m - 13);
    const begin = from > fourteen ? from : fourteen;
    out.push({ range: `${begin}..${monthName(y, m)}`, name: `${count(begin, y, m)} months, ${begin} to ${monthName(y, m)}` });
  }
  return out;
}

const count = (begin: string, y: number, m: number): number => (y - Number(begin.slice(0, 4))) * 12 + m - (Number(begin.slice(5)) - 1) + 1;

// stamp writes a time as a range does: the day alone at midnight.
function stamp(t: number): string {
  return new Date(t).toISOString().slice(0, 16);
}

// between names the range of two times. Of whole days, both are named and belong to it; the end of
// anything else does not.
export function between(from: number, to: number): string {
  if (from % day === 0 && to % day === 0 && to > from) {
    const [a, b] = [new Date(from).toISOString().slice(0, 10), new Date(to - day).toISOString().slice(0, 10)];
    return a === b ? a : `${a}..${b}`;
  }
  return `${stamp(from)}..${stamp(to)}`;
}

// shifted is the range of the same kind `n` spans later (earlier, where n is negative): months stay
// months. `span` are the times of the range as the process understood it.
export function shifted(range: string, span: { from: string; to: string }, n: number): string {
  let m = /^(\d{4})-(\d{2})$/.exec(range);
  if (m) return monthName(Number(m[1]), Number(m[2]) - 1 + n);
  m = /^(\d{4})Q([1-4])$/.exec(range);
  if (m) {
    const at = Number(m[1]) * 4 + Number(m[2]) - 1 + n;
    return `${Math.floor(at / 4)}Q${(at % 4) + 1}`;
  }
  m = /^(\d{4})-(\d{2})\.\.(\d{4})-(\d{2})$/.exec(range);
  if (m) {
    const [a, b] = [Number(m[1]) * 12 + Number(m[2]) - 1, Number(m[3]) * 12 + Number(m[4]) - 1];
    const by = n * (b - a + 1);
    return `${monthAt(a + by)}..${monthAt(b + by)}`;
  }
  m = /^(\d{4})$/.exec(range);
  if (m) return String(Number(m[1]) + n);
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)];
  const length = running(range) || to - from;
  return between(to - length + n * length, to + n * length);
}

// widened is three times the range around its middle, inside what there is.
export function widened(span: { from: string; to: string }, extent: { from: string | null; to: string | null }): string {
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)];
  const length = to - from;
  const least = extent.from ? Date.parse(extent.from) : -Infinity;
  const most = Math.max(to, Date.parse(extent.to ?? span.to));
  let [a, b] = [from - length, to + length];
  if (a < least) a = Math.min(from, least);
  if (b > most) b = most;
  const grain = b - a > 14 * day ? day : b - a > day ? hour : 300_000;
  return between(Math.floor(a / grain) * grain, Math.ceil(b / grain) * grain);
}

const steps: Record<string, number> = { "5m": 300_000, "10m": 600_000, "1h": hour, "1d": day };

// zoomed is the range of what was marked on a chart whose values are a step each. The steps that the
// mark touches are in it; less than two five-minute slots cannot be asked for.
export function zoomed(span: { from: string; to: string; step: string; times: string[] }, a: number, b: number): string {
  const from = Date.parse(span.from), to = Date.parse(span.to);
  let [x, y] = [Math.max(from, Math.min(a, b)), Math.min(to, Math.max(a, b))];
  const grain = Math.min(steps[span.step] ?? day, y - x > 2 * day ? day : y - x > 4 * hour ? hour : 300_000);
  x = Math.floor(x / grain) * grain;
  y = Math.ceil(y / grain) * grain;
  if (y - x < 600_000) y = x + 600_000;
  return between(x, y);
}

// field is a time as a reader writes it.
export const field = (iso: string): string => iso.slice(0, 16);

// lengthOf a step in milliseconds at a time: months differ.
export function stepLength(step: string, at: number, to: number): number {
  if (steps[step]) return steps[step];
  if (step === "1mo") {
    const t = new Date(at);
    return Date.UTC(t.getUTCFullYear(), t.getUTCMonth() + 1, 1) - at;
  }
  return to - at;
}

// stepName writes when a step was: "2026-05-07 10:05", "2026-05-07", "2026-05".
export function stepName(step: string, iso: string): string {
  if (step === "1mo") return iso.slice(0, 7);
  if (step === "1d") return iso.slice(0, 10);
  return iso.slice(0, 16).replace("T", " ");
}

export const stepNames: [string, string][] = [
  ["auto", "auto"], ["5m", "5 minutes"], ["10m", "10 minutes"], ["1h", "1 hour"], ["1d", "1 day"], ["1mo", "1 month"], ["whole", "whole range"],
];

// tooFine says why a step is not offered for a length of time; empty: it is.
export function tooFine(step: string, length: number): string {
  const one = steps[step];
  if (!one || !length) return "";
  const n = length / one;
  return n > 2000 ? `That would be ${Math.round(n).toLocaleString("en-US")} points: choose a shorter range or a longer step.` : "";
}
