// Where a click leads: to the same question of one value, by the next finer dimension.
import { add, type Condition } from "./language";
import type { Asked } from "./question";
import type { Key } from "./wire";

const finer: Record<string, string> = {
  group: "type", type: "network", direction: "type", "ip.version": "type",
  region: "link", provider: "link", "link.kind": "link", link: "type",
  as: "network", country: "subdivision", subdivision: "city", city: "type",
};

// conditions are those of a row's keys.
export const conditions = (by: string[], keys: Key[]): Condition[] => keys.map((k, i) => ({ field: by[i]!, value: k.value }));

export interface Step {
  asked?: Asked; // another question
  page?: string; // or a page of its own
  label: string; // "CDN by network"
}

const titles: Record<string, string> = { as: "AS", "ip.version": "IP version", "link.kind": "link kind" };
export const titleOf = (d: string): string => titles[d] ?? d;

// networkPage is the page of one network.
export const networkPage = (name: string): string => "/network?name=" + encodeURIComponent(name);

// drill goes into a row, or into one of its keys (`only`).
export function drill(q: Asked, keys: Key[], only?: number): Step {
  const by = only === undefined ? q.by : [q.by[only]!];
  const chosen = only === undefined ? keys : [keys[only]!];
  const name = chosen.map((k) => k.name).join(", ");
  if (by.length === 1 && by[0] === "network") return { page: networkPage(chosen[0]!.value), label: `The page of ${name}` };
  const where = add(q.where, conditions(by, chosen));
  const rest = only === undefined ? [] : q.by.filter((_, i) => i !== only);
  const fixed = new Set([...by, ...rest]);
  const next = by.map((d) => nextOf(d, fixed, q.where)).find(Boolean);
  const nextBy = next ? (only === undefined ? [next] : q.by.map((d, i) => (i === only ? next : d))) : rest;
  const to: Asked = { ...q, where, by: nextBy };
  return { asked: to, label: next ? `${name} by ${titleOf(next)}` : `${name} alone` };
}

// nextOf is the next finer dimension that is neither told apart nor settled by the filter already.
function nextOf(dimension: string, taken: Set<string>, where: string): string | undefined {
  let d = finer[dimension];
  while (d && (taken.has(d) || where.includes(`${d} = `))) d = finer[d];
  return d;
}

// only keeps the dimensions and narrows the filter; without leaves the row out.
export const only = (q: Asked, keys: Key[], at?: number): Asked => narrowed(q, keys, at, false);
export const without = (q: Asked, keys: Key[], at?: number): Asked => narrowed(q, keys, at, true);

function narrowed(q: Asked, keys: Key[], at: number | undefined, not: boolean): Asked {
  const all = conditions(q.by, keys);
  return { ...q, where: add(q.where, at === undefined ? all : [all[at]!], not) };
}
