// The answers about networks and the catalogue, as internal/console writes them.

export interface Value {
  value: number | null;
  low: number | null; // bounds of two standard deviations
  high: number | null;
  error: number | null; // sampling error, relative, 95 %
}

export interface TypeName {
  type: string;
  name: string;
  light: string;
  dark: string;
}

export interface Rule {
  source: "operator" | "built-in" | "link" | "kept" | "none";
  file: string;
  line: number;
  text: string;
}

export interface NetworkRule extends Rule {
  about: string; // "AS64500", a prefix or a link
  type: TypeName;
  from: string | null;
  to: string | null;
  holds: boolean;
}

export interface TimeRange {
  asked: string;
  name: string;
  from: string;
  to: string;
}

export interface NetworkRow {
  name: string;
  type: TypeName;
  rule: Rule;
  volume: Value;
  share: number | null;
  cumulative: number | null;
  addresses: Value;
  numbers: number[];
}

export interface Networks {
  range: TimeRange;
  rows: NetworkRow[];
  left: number;
  bits: number | null;
  share: number | null;
  all: number | null;
}

export interface Part {
  value: string;
  name: string;
  light: string;
  dark: string;
  volume: Value;
  share: number | null;
}

export interface NetworkMonth {
  month: string;
  bits: number | null;
  uniqueness: Value;
  magnitude: Value;
  persistence: Value;
}

export interface Seen {
  at: string;
  precision: "5m" | "1h" | "1d" | "1mo";
}

export interface Network {
  name: string;
  range: TimeRange;
  types: Part[];
  type: TypeName;
  rule: Rule;
  rules: NetworkRule[];
  numbers: number[];
  prefixes: string[];
  volume: Value;
  share: number | null;
  rank: number;
  of: number;
  uniqueness: Value;
  magnitude: Value;
  persistence: Value;
  bps_avg: number | null;
  bps_p95: number | null;
  bps_max: number | null;
  variability: { cv: number | null; p95_ratio: number | null; max_ratio: number | null } | null;
  regions: Part[];
  links: Part[];
  directions: Part[];
  months: NetworkMonth[];
  first: Seen | null;
  last: Seen | null;
}

export interface CatalogueFile {
  name: string;
  built_in: boolean;
  networks: number;
  prefixes: number;
  read: string;
  revision: string;
  changed: boolean;
  writes: boolean;
}

export interface Catalogue {
  files: CatalogueFile[];
  why: string;
  yaml: string;
  types: TypeName[];
}

export interface NewEntry {
  as?: number;
  prefix?: string;
  network?: string;
  name?: string;
  type: string;
  metro?: string;
  from?: string;
  to?: string;
}

export interface Preview {
  file: string;
  revision: string;
  entries: string[];
  periods: { name: string; whole: boolean; types: (TypeName & { before: number | null; after: number | null; points: number | null })[] }[];
  notes: { what: string; do: string }[];
}

export interface Written {
  file: string;
  revision: string;
  entries: string[];
  undo: NewEntry[];
  remove: { as?: number; prefix?: string; from?: string; to?: string }[];
}
