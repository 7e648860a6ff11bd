// Colours of the explore page's charts. Those of paper and ink are those of internal/figure/palette.go;
// types and groups bring their own, everything else takes the palette below.
import type { Theme } from "../../theme";
import type { Form } from "../question";
import type { Answer, Row } from "../wire";

export interface Look {
  paper: string;
  ink: string;
  muted: string;
  rule: string;
  others: string; // the rows that are not listed
  before: string; // the period before, where it is one line
  open: string; // what still grows
  ramp: string[];
  rampInk: [string, string];
  palette: string[];
}

// The palettes descend from Paul Tol's "muted" set, which all kinds of colour vision tell apart. They are
// ordered so that neighbours differ most; the dark one is lightened to stand out from dark paper.
export const looks: Record<Theme, Look> = {
  light: {
    paper: "#ffffff", ink: "#1a1c20", muted: "#5c626b", rule: "#d9dce1", others: "#c9cdd3", before: "#1a1c20", open: "rgba(92,98,107,0.10)",
    ramp: ["#f1f6fb", "#dbe8f4", "#bfd7eb", "#9dc2e0", "#76a9d2", "#3576b0", "#2a69a3", "#17528a", "#083b6e"],
    rampInk: ["#1b1d21", "#fefefe"],
    palette: ["#2f6fb3", "#e69f00", "#117733", "#cc6677", "#44aa99", "#332288", "#ad8a00", "#882255", "#6fb7e0", "#8a8d2b", "#aa4499", "#7a4a1d"],
  },
  dark: {
    paper: "#14161a", ink: "#eceef1", muted: "#a2a8b1", rule: "#343941", others: "#555c66", before: "#eceef1", open: "rgba(162,168,177,0.12)",
    ramp: ["#1b2430", "#1c3045", "#1d3d5c", "#1f4c75", "#225c90", "#5a9bd4", "#84b8e3", "#b0d2ef", "#dcecf9"],
    rampInk: ["#eceef2", "#101216"],
    palette: ["#6aaef0", "#f0b243", "#4fbf78", "#ee8a96", "#4fd0bb", "#a99cf5", "#d8c65a", "#d9709f", "#a5dcf5", "#b9bd5a", "#d58ad0", "#c9996a"],
  },
};

export const nameOf = (r: Row): string => (r.keys?.length ? r.keys.map((k) => k.name).join(" · ") : "Total");

// colours of an answer's rows. A row of one dimension that has a colour is drawn in it.
export function colours(a: Answer, theme: Theme): string[] {
  const { palette } = looks[theme];
  const rows = a.rows ?? [];
  const by = a.question.by ?? [];
  const own = by.length === 1 && (by[0] === "type" || by[0] === "group") && rows.every((r) => r.keys?.[0]?.light);
  return rows.map((r, i) => (own ? r.keys![0]![theme] : palette[i % palette.length]!));
}

// tints are the colours of rows that are not told apart by colour: of the first dimension where it has
// colours of its own (networks, that of their type), else one for all.
export function tints(a: Answer, theme: Theme): string[] {
  const rows = a.rows ?? [];
  const own = rows.some((r) => r.keys?.[0]?.light);
  return rows.map((r) => (own ? r.keys![0]![theme] || looks[theme].others : looks[theme].palette[0]!));
}

// tintedTypes are the types whose colours tints shows for networks, each with its colour.
export function tintedTypes(a: Answer, theme: Theme): [string, string][] {
  const seen = new Map<string, string>();
  for (const r of a.rows ?? []) {
    const k = r.keys?.[0];
    if (k?.type && k.light && !seen.has(k.type)) seen.set(k.type, k[theme]);
  }
  return [...seen];
}

// drawnColours are those that a form draws rows in.
export const drawnColours = (a: Answer, theme: Theme, form: Form): string[] =>
  (form === "area" || form === "lines" || form === "bars" || form === "table") && a.times.length > 1 ? colours(a, theme) : tints(a, theme);

// dashes tell rows apart where the palette begins again.
export const dash = (a: Answer, i: number): "solid" | "dotted" => (i >= looks.light.palette.length && a.rows!.length > looks.light.palette.length ? "dotted" : "solid");

// The order of types in stacks, from the bottom, as in the report's figures: internal/figure/palette.go.
const stackOrder = ["isp-regional", "isp-tier1", "cdn", "hosting", "hyperscaler", "neocloud", "migration", "other"];

// stacked are the indexes of rows from the bottom of a stack: of types in their order, else the largest
// first.
export function stacked(a: Answer): number[] {
  const rows = a.rows ?? [];
  const order = rows.map((_, i) => i);
  const by = a.question.by ?? [];
  if (by.length !== 1 || by[0] !== "type") return order;
  const place = (i: number) => {
    const at = stackOrder.indexOf(rows[i]!.keys![0]!.value);
    return at < 0 ? stackOrder.length : at;
  };
  return order.sort((x, y) => place(x) - place(y));
}

// rampAt is the colour of a share of the largest value.
export function rampAt(look: Look, share: number): { fill: string; ink: string } {
  const i = Math.max(0, Math.min(look.ramp.length - 1, Math.floor(share * look.ramp.length)));
  return { fill: look.ramp[i]!, ink: look.rampInk[i < 5 ? 0 : 1] };
}
