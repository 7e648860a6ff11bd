// What the explore API answers, as internal/explore and internal/console write it.

export interface Key {
  value: string; // as a filter writes it
  name: string;
  light: string; // colour in figures, of types and groups; else empty
  dark: string;
  type: string;
}

export interface Value {
  value: number | null;
  low: number | null;
  high: number | null;
  error: number | null; // sampling error, relative, 95 %
}

export interface Row {
  keys: Key[] | null;
  values: (number | null)[];
  low: (number | null)[] | null;
  high: (number | null)[] | null;
  whole: Value;
  before: (number | null)[] | null;
  whole_before: Value | null;
}

export interface Span {
  name: string;
  from: string;
  to: string; // exclusive
  step: string;
  times: string[];
  open: string | null;
  open_to: string | null; // up to when what arrived is in the open slots
}

export interface Note {
  what: string;
  do: string;
}

export interface Answer extends Span {
  question: { measure: string; by: string[] | null; where: string; range: string; step: string; top: number; previous: boolean };
  unit: string;
  additive: boolean;
  rows: Row[] | null;
  others: Row | null;
  left: number;
  total: Row;
  previous: Span | null;
  notes: Note[] | null;
}

export interface Measure {
  name: string;
  title: string;
  unit: string;
  about: string;
  by_place: boolean;
  additive: boolean;
  bounds: boolean;
}

export interface Dimension {
  name: string;
  title: string;
  about: string;
  place: boolean;
}

// Extent is what the store covers; without data from and to are empty.
export interface Extent {
  from: string | null;
  to: string | null;
  open_to: string | null;
  months: string[] | null;
}

export interface Fields {
  measures: Measure[];
  dimensions: Dimension[];
  extent: Extent;
}

export interface Completion {
  text: string;
  kind: "field" | "operator" | "value" | "keyword";
  about: string;
}

// Checked is a filter looked at. Offset and length are octets of the mistake, from and to those that a
// completion replaces.
export interface Checked {
  valid: boolean;
  message: string;
  offset: number;
  length: number;
  from: number;
  to: number;
  completions: Completion[] | null;
}

export interface View {
  name: string;
  query: string; // the page's own query string, without "?"
  about: string;
  by: string;
  saved: string;
  etag: string; // changes with the view
}

export interface Views {
  views: View[] | null;
  notice?: string;
}

export interface Session {
  name: string;
  role: string;
  login: "none" | "password" | "proxy";
}
