// What can be asked and shown together, and why not where it cannot. Reasons are sentences for a title.
import type { Asked, Form } from "./question";
import type { Dimension, Fields, Measure } from "./wire";

export const formNames: Record<Form, string> = {
  area: "Stacked area", lines: "Lines", bars: "Bars", heatmap: "Heatmap", flow: "Flow", map: "Map", table: "Table",
};

export const measureOf = (f: Fields, name: string): Measure | undefined => f.measures.find((m) => m.name === name);
export const dimensionOf = (f: Fields, name: string): Dimension | undefined => f.dimensions.find((d) => d.name === name);

const titled = (f: Fields, name: string): string => dimensionOf(f, name)?.title.toLowerCase() ?? name;

// asSingle is a title inside a sentence: "AS" and "IP version" keep their capitals.
export const inSentence = (title: string): string => (/^[A-Z]{2}/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1));

// noMeasure says why a measure cannot be asked with the dimensions of the question; empty: it can.
export function noMeasure(f: Fields, q: Asked, m: Measure): string {
  const place = q.by.find((d) => dimensionOf(f, d)?.place);
  if (place && !m.by_place) return `${m.title} is not known by ${titled(f, place)}: of places only volume, share and hourly rates are kept.`;
  return "";
}

// noDimension says why a dimension cannot be at a place of the question.
export function noDimension(f: Fields, q: Asked, d: Dimension, at: number): string {
  if (q.by.some((other, i) => other === d.name && i !== at)) return `${d.title} is told apart already.`;
  const m = measureOf(f, q.measure);
  if (d.place && m && !m.by_place) return `${m.title} is not known by ${inSentence(d.title)}: of places only volume, share and hourly rates are kept.`;
  return "";
}

// noForm says why an answer cannot be shown in a form.
export function noForm(f: Fields, q: Asked, form: Form): string {
  const m = measureOf(f, q.measure);
  const additive = m?.additive ?? true;
  const title = m?.title ?? q.measure;
  switch (form) {
    case "area":
      return additive ? "" : `${title} of parts does not add up to that of the whole, so it cannot be stacked. Lines show it.`;
    case "heatmap":
      return q.by.length === 1 || q.by.length === 2 ? "" : "A heatmap is of one dimension over time, or of two against each other.";
    case "flow":
      if (!additive) return `${title} does not flow: its parts do not add up. Volume, rate and share can.`;
      return q.by.length >= 2 ? "" : "A flow goes between two or three dimensions: choose another one.";
    case "map":
      return q.by.length === 1 && q.by[0] === "country" ? "" : "A map is of countries: choose country as the only dimension.";
    case "lines":
    case "bars":
    case "table":
      return "";
  }
}

// noLog says why there is no logarithmic scale.
export function noLog(q: Asked): string {
  if (q.form === "area") return "Stacked areas add up from zero; a logarithmic scale has none. Lines have one.";
  if (q.form === "flow" || q.form === "table") return `A ${formNames[q.form].toLowerCase()} has no scale.`;
  return "";
}

// noPrevious says why the period before is not overlaid.
export function noPrevious(q: Asked): string {
  if (q.form === "heatmap" || q.form === "flow") return "The period before stands in the table below; this form has no room for it.";
  return "";
}

// made is the question nearest to q that can be: a form that cannot show it gives way to one that can.
export function made(f: Fields, q: Asked): Asked {
  let by = q.by;
  const m = measureOf(f, q.measure);
  if (m && !m.by_place) by = by.filter((d) => !dimensionOf(f, d)?.place);
  const out = { ...q, by };
  if (noForm(f, out, out.form)) out.form = m?.additive && out.form !== "flow" && out.form !== "map" && out.form !== "heatmap" ? "area" : out.form === "area" || out.form === "heatmap" ? "lines" : "bars";
  if (noLog(out)) out.log = false;
  return out;
}
