import { formats } from "../figures/format";

const whole = new Intl.NumberFormat("en-US");

// number writes a whole number with all its digits: 12,345.
export const number = (n: number): string => whole.format(n);

// counted writes "1 datagram", "12,345 datagrams".
export const counted = (n: number, noun: string): string => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;

// rate writes a number a second with three digits: 0.13, 12.5, 1.24 k.
export const rate = (n: number): string => (n === 0 ? "0" : n < 0.01 ? "<\u20090.01" : formats["@count"]!(n));

// bps writes bits per second: 1.24 Gb/s.
export const bps = (n: number): string => formats["@bps"]!(Math.round(n));

// bits writes a volume: 1.24 Pb.
export const bits = (n: number): string => formats["@bits"]!(n);

// percent writes a fraction. What is there but would round to nothing is said to be there.
export function percent(fraction: number): string {
  if (fraction > 0 && fraction < 0.0005) return "<\u20090.1\u00a0%";
  if (fraction < 1 && fraction > 0.9995) return ">\u200999.9\u00a0%";
  return `${(100 * fraction).toFixed(1).replace(/\.0$/, "")}\u00a0%`;
}

// bytes writes a size on disk: 12.3 MB.
export function bytes(n: number): string {
  return n < 1000 ? `${n}\u00a0B` : formats["@count"]!(n) + "B";
}

// binary writes a size as the configuration does: 32 MiB.
export function binary(n: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  for (; n >= 1024 && unit < units.length - 1; unit++) n /= 1024;
  return `${unit > 0 && n < 10 ? n.toFixed(1).replace(/\.0$/, "") : n.toFixed(0)}\u00a0${units[unit]}`;
}

// lost writes a share of loss with two digits: what is there is never rounded to nothing.
export function lost(share: number): string {
  if (share === 0) return "0";
  if (share < 0.0001) return "<\u20090.01\u00a0%";
  return `${Number((100 * share).toPrecision(2))}\u00a0%`;
}

const two = (n: number): string => String(n).padStart(2, "0");

// utc writes a time as 2026-11-22 18:05 UTC, with seconds if asked.
export function utc(t: Date, seconds = false): string {
  return t.toISOString().slice(0, seconds ? 19 : 16).replace("T", "\u00a0") + "\u00a0UTC";
}

// local writes the same time on the reader's clock, with the zone's offset.
export function local(t: Date): string {
  const off = -t.getTimezoneOffset();
  const zone = `UTC${off < 0 ? "\u2212" : "+"}${two(Math.floor(Math.abs(off) / 60))}:${two(Math.abs(off) % 60)}`;
  return (
    `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ` +
    `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())} ${zone} (here)`
  );
}

// span writes a duration in its largest unit: "12 s", "3 min", "5 h", "2 days".
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `${s}\u00a0s`;
  if (s < 7200) return `${Math.floor(s / 60)}\u00a0min`;
  if (s < 172800) return `${Math.floor(s / 3600)}\u00a0h`;
  return `${number(Math.floor(s / 86400))}\u00a0days`;
}

// total sums the values of a map.
export const total = (m: Record<string, number>): number => Object.values(m).reduce((a, b) => a + b, 0);

// list writes "a", "a and b", "a, b and c".
export function list(parts: string[]): string {
  if (parts.length < 2) return parts.join("");
  return parts.slice(0, -1).join(", ") + " and " + parts[parts.length - 1];
}
