import { formats } from "../../figures/format";
import { Mark } from "../parts/small";
import { percent } from "../text";
import { useTheme } from "../theme";
import type { Rule, TypeName, Value } from "./wire";

export const bits = (v: number | null | undefined): string => (v === null || v === undefined ? "–" : formats["@bits"]!(v));
export const many = (v: number | null | undefined): string => (v === null || v === undefined ? "–" : formats["@count"]!(v));
export const share = (v: number | null | undefined): string => (v === null || v === undefined ? "–" : percent(v));

// between says the bounds of a value; empty where it is exact.
export function between(v: Value, write: (n: number) => string): string {
  if (v.low === null || v.high === null || (v.low === v.value && v.high === v.value)) return "";
  return `${write(v.low)} to ${write(v.high)}`;
}

// TypeChip shows a network type with its colour.
export function TypeChip({ of }: { of: TypeName }) {
  const theme = useTheme();
  return <span class="type-chip"><i class="swatch" style={{ background: of[theme] }} />{of.name}</span>;
}

// whose says in a word where a rule stands.
export const whose: Record<Rule["source"], string> = {
  operator: "your file", "built-in": "built-in list", link: "kind of link", kept: "no longer listed", none: "no rule",
};

// RuleWord says whose rule it is; the rule itself on hover.
export function RuleWord({ of }: { of: Rule }) {
  const place = of.file ? ` ${of.file}:${of.line}` : "";
  return <span class={`rule-word ${of.source}`} title={of.text}>{of.source === "none" && <Mark level="info" />}{whose[of.source]}<span class="quiet">{place}</span></span>;
}

// Bar is a share of the largest, as a line behind a number.
export function Bar({ part }: { part: number }) {
  return <span class="volume-bar" aria-hidden="true"><i style={{ width: `${Math.max(part > 0 ? 1 : 0, 100 * part)}%` }} /></span>;
}
