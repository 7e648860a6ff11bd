import { go } from "../router";
import type { Address } from "../router";

// What a list of networks asks stands in the page's address.
export interface Asked {
  tab: "all" | "unclassified";
  search: string;
  type: string;
  range: string; // empty: the newest month
  n: number;
  sort: string; // column, with "-" before it where the largest stands first; empty: by volume
}

export function read(search: string): Asked {
  const p = new URLSearchParams(search);
  const n = Number(p.get("n"));
  return {
    tab: p.get("tab") === "unclassified" ? "unclassified" : "all",
    search: p.get("search") ?? "", type: p.get("type") ?? "", range: p.get("range") ?? "",
    n: n === 100 ? n : 50, sort: p.get("sort") ?? "",
  };
}

function query(q: Asked): URLSearchParams {
  const p = new URLSearchParams();
  if (q.search) p.set("search", q.search);
  if (q.type) p.set("type", q.type);
  if (q.range) p.set("range", q.range);
  if (q.n !== 50) p.set("n", String(q.n));
  return p;
}

// pageOf is the page's address; apiOf that of the answer.
export function pageOf(q: Asked): string {
  const p = query(q);
  if (q.tab !== "all") p.set("tab", q.tab);
  if (q.sort) p.set("sort", q.sort);
  return "/networks" + (p.size ? `?${p}` : "");
}

export function apiOf(q: Asked): string {
  const p = query(q);
  if (q.tab === "unclassified") {
    p.set("unclassified", "true");
    p.delete("type");
  }
  return "/api/v1/networks" + (p.size ? `?${p}` : "");
}

// put changes what is asked, in the address. Letters that are typed are not each kept in the history.
export function put(address: Address, by: Partial<Asked>): void {
  go(pageOf({ ...read(address.search), ...by }), by.search !== undefined || by.sort !== undefined);
}

// networkPage is the page of one network.
export const networkPage = (name: string, range = ""): string => `/network?name=${encodeURIComponent(name)}${range ? `&range=${encodeURIComponent(range)}` : ""}`;

// only is a filter that lets one network through.
export const only = (name: string): string => `network = "${name.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;

// explorePage is a question of one's own about one network.
export const explorePage = (name: string, range: string, more: Record<string, string>): string =>
  "/explore?" + new URLSearchParams({ where: only(name), range, ...more });
