// The question as it stands in the page's address: what the API is asked, and how the answer is shown.

export const forms = ["area", "lines", "bars", "heatmap", "flow", "map", "table"] as const;
export type Form = (typeof forms)[number];

export interface Asked {
  measure: string;
  by: string[];
  where: string;
  range: string;
  step: string;
  top: number;
  previous: boolean;
  form: Form;
  log: boolean;
}

export const first: Asked = {
  measure: "rate", by: ["type"], where: "", range: "7d", step: "auto", top: 10, previous: false, form: "area", log: false,
};

const maxTop = 100; // rows that an answer lists: internal/explore

// read understands an address. What is missing or makes no sense there is as in the first question;
// what the process alone can judge (names, filter, range) is passed on as it is.
export function read(search: string): Asked {
  const p = new URLSearchParams(search);
  if (![...p.keys()].some((k) => k in first || k === "scale")) return { ...first };
  const by = p.get("by");
  const form = p.get("form") as Form;
  const top = Number(p.get("top"));
  return {
    measure: p.get("measure") || first.measure,
    by: by === null ? first.by : by.split(",").map((d) => d.trim()).filter(Boolean).slice(0, 3),
    where: p.get("where") ?? "",
    range: p.get("range") || first.range,
    step: p.get("step") || first.step,
    top: Number.isInteger(top) && top > 0 ? Math.min(top, maxTop) : first.top,
    previous: p.get("previous") === "true",
    form: forms.includes(form) ? form : first.form,
    log: p.get("scale") === "log",
  };
}

// encode writes a value so that an address stays readable: filters are full of characters that need no escape.
const encode = (s: string): string => encodeURIComponent(s).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%20/g, "+").replace(/%2F/g, "/");

const query = (parts: [string, string][]): string => parts.map(([k, v]) => `${k}=${encode(v)}`).join("&");

// write is the query of the page for a question, without "?". Measure, dimensions, range and form always
// stand in it; the rest where it differs from the first question.
export function write(q: Asked): string {
  const parts: [string, string][] = [["measure", q.measure], ["by", q.by.join(",")]];
  if (q.where) parts.push(["where", q.where]);
  parts.push(["range", q.range]);
  if (q.step !== first.step) parts.push(["step", q.step]);
  if (q.top !== first.top) parts.push(["top", String(q.top)]);
  if (q.previous) parts.push(["previous", "true"]);
  parts.push(["form", q.form]);
  if (q.log) parts.push(["scale", "log"]);
  return query(parts);
}

export const pageOf = (q: Asked): string => "/explore?" + write(q);

// stepOf is the step that the API is asked for. Forms that show no time ask for the whole range at once,
// unless a step was chosen.
export function stepOf(q: Asked): string {
  if (q.step !== "auto") return q.form === "flow" || q.form === "map" || (q.form === "heatmap" && q.by.length === 2) ? "whole" : q.step;
  const timeless = q.form === "flow" || q.form === "map" || q.form === "table" || q.form === "bars" || (q.form === "heatmap" && q.by.length === 2);
  return timeless ? "whole" : "auto";
}

// wants says why a form takes as many rows as an answer lists; empty: it takes the largest.
export function wants(q: Asked): string {
  if (q.form === "map") return "A map is of all countries.";
  if (q.form === "flow") return "A flow is of all its bands.";
  return q.form === "heatmap" && q.by.length === 2 ? "A heatmap of two dimensions is of all its cells." : "";
}

// topOf is how many rows are asked for.
export const topOf = (q: Asked): number => (wants(q) ? maxTop : q.top);

// apiOf is the address of the answer.
export function apiOf(q: Asked, format = ""): string {
  const parts: [string, string][] = [["measure", q.measure]];
  if (q.by.length) parts.push(["by", q.by.join(",")]);
  if (q.where) parts.push(["where", q.where]);
  parts.push(["range", q.range], ["step", stepOf(q)], ["top", String(topOf(q))]);
  if (q.previous) parts.push(["previous", "true"]);
  if (format) parts.push(["format", format]);
  return "/api/v1/explore?" + query(parts);
}

// changed is a question with some of it changed. Whether it can be asked, rules.ts knows.
export const changed = (q: Asked, by: Partial<Asked>): Asked => ({ ...q, ...by });
