// Values with their units: short for reading, exact on hover.
import { formats } from "../../figures/format";
import type { Value } from "./wire";

const shown: Record<string, (v: number) => string> = {
  bits: formats["@bits"]!,
  "bits/s": formats["@bps"]!,
  addresses: formats["@count"]!,
  "bits/address": (v) => formats["@bits"]!(v) + "/address",
  networks: formats["@count"]!,
  ratio: (v) => (v > 0 && v < 1e-5 ? "<\u20090.001\u00a0%" : formats["@percent"]!(Number(v.toPrecision(6)))),
};

// short writes a value with three digits and its unit.
export function short(v: number | null | undefined, unit: string): string {
  if (v === null || v === undefined) return "–";
  return (shown[unit] ?? formats["@count"]!)(v);
}

// tick is short for an axis, whose name says the rest of the unit.
export function tick(unit: string): (v: number) => string {
  if (unit === "bits/address") return formats["@bits"]!;
  return shown[unit] ?? formats["@count"]!;
}

const digits = new Intl.NumberFormat("en-US", { maximumFractionDigits: 20, maximumSignificantDigits: 17 });

// exact writes all digits of the answer.
export function exact(v: number | null | undefined, unit: string): string {
  if (v === null || v === undefined) return "not known";
  return `${digits.format(v)}${unit === "ratio" ? "" : "\u00a0" + unit}`;
}

// bounds writes "1.2 k to 1.4 k", or what is known of the error.
export function bounds(v: Value, unit: string): string {
  if (v.low !== null && v.high !== null) return between(v.low, v.high, unit);
  if (v.error !== null) return `±\u2009${errorText(v.error)}`;
  return "";
}

// between writes two bounds, the unit once where it is the same.
export function between(low: number, high: number, unit: string): string {
  const [a, b] = [short(low, unit), short(high, unit)];
  const [x, y] = [a.split("\u00a0"), b.split("\u00a0")];
  return `${x[1] === y[1] ? x[0] : a} to ${b}`;
}

// errorText writes a relative error with two digits.
export function errorText(e: number): string {
  const p = 100 * e;
  if (p === 0) return "0\u00a0%";
  if (p < 0.01) return "0.01\u00a0%"; // at most: an error is never written smaller than it is
  return `${Number(p.toPrecision(2))}\u00a0%`;
}

// change writes how a value differs from the one before: in percent, of ratios in points.
export function change(now: number | null | undefined, before: number | null | undefined, unit: string): string {
  if (now === null || now === undefined || before === null || before === undefined) return "–";
  if (unit === "ratio") return signed(100 * (now - before), "points");
  if (before === 0) return now === 0 ? "0\u00a0%" : "new";
  return signed((100 * (now - before)) / before, "%");
}

function signed(v: number, unit: string): string {
  const size = Math.abs(v);
  const text = size >= 1000 ? formats["@count"]!(size) : size >= 10 ? size.toFixed(0) : size >= 1 ? size.toFixed(1) : size === 0 ? "0" : size < 0.01 ? "<\u20090.01" : size.toFixed(2);
  return `${v > 0 ? "+" : v < 0 ? "\u2212" : ""}${text}\u00a0${unit}`;
}

// ofTotal is a row's share of the total, where rows add up; else nothing.
export function ofTotal(v: number | null, total: number | null, additive: boolean): number | null {
  return additive && v !== null && total !== null && total > 0 ? v / total : null;
}
