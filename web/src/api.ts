// The answers of the HTTP API under /api/v1, as internal/console writes them. Times are RFC 3339, UTC.

export interface Rates {
  datagrams: number;
  records: number;
  flows: number;
  counted_bits: number;
}

export interface Counts {
  datagrams: number;
  records: number;
  options: number;
  held: number;
  rate_unknown: number;
  skewed: number;
  untimed: number;
  lost_datagrams: number;
  lost_records: number;
  overrun: number;
  late: number;
  restarts: number;
  limits: Record<string, number>;
  flows: Record<string, number>;
  octets: Record<string, number>;
  refused: Record<string, number>;
}

// Loss is how much of what was exported never arrived, by sequence numbers.
export interface Loss {
  share: number; // estimated, of the exported records
  lost: number; // estimated records
  records: number;
  lost_datagrams: number;
  lost_records: number;
  overrun: number;
  late: number;
  restarts: number;
  limits: Record<string, number>;
}

export interface Socket {
  address: string;
  worker: number; // -1: all workers' sockets on the address together
  asked: number;
  buffer: number;
  dropped: number | null;
}

export interface Journal {
  path: string; // empty: none is kept
  bytes: number;
  max_bytes: number;
  segments: number;
  oldest: string | null;
  unsynced: number;
  dropped: number;
  unjournalled: number;
  replayed: number;
  torn: number;
  problem: string;
}

export interface Limit {
  name: string;
  value: number;
  bound: number;
  reached: number;
  reached_hour: number;
  consequence: string;
}

// Link is an interface of an sFlow exporter: sampled ÷ counted, where enough was counted.
export interface Link {
  address: string;
  name: string;
  index: number;
  link: string;
  region: string;
  agent: string; // where it is not the exporter
  seconds: number; // how long they were compared
  rate: number;
  counted_in: number;
  counted_out: number;
  ratio_in: number | null;
  ratio_out: number | null;
  off: boolean;
  hint: string;
}

export interface Note {
  level: "bad" | "warn" | "info";
  exporter?: string;
  what: string;
  do: string;
  yaml?: string;
  loses?: boolean;
  count?: number; // of how many exporters it is said
  each?: Note[]; // what would be said of one, of the first hundred
}

export interface Exporter {
  address: string;
  name: string;
  region: string;
  last_seen: string;
  per_second: Rates;
  total: Counts;
  lately: Counts;
  loss: { hour: Loss; slot: Loss };
  level: "" | "warn" | "bad"; // of the worst note about it
  templates: { domains: number; templates: number; refreshed: string | null };
  sampling_rates: number[];
  curve: number[];
}

// Domain is a stream of an exporter with what is known of its templates.
export interface Domain {
  protocol: string;
  id: number;
  agent: string; // of sFlow, where it is not the exporter
  templates: number; // those of options too
  options: number;
  refreshed: string | null; // null: none since the process began
  samplers: number;
}

export interface ExporterDetail {
  now: string;
  exporter: Exporter;
  domains: Domain[];
  notes: Note[];
  unlisted: Interfaces;
}

// Unlisted is an interface that no configured link lists. Octets are × sampling rate.
export interface Unlisted {
  exporter: string; // empty: of several
  name: string;
  region: string;
  index: number; // ifIndex; 0: flows that name none
  rest: boolean; // further interfaces, together
  octets_in: number;
  octets_out: number;
  hour_in: number;
  hour_out: number;
  flows: number;
  last_seen: string;
  yaml: string;
}

export interface Interfaces {
  interfaces: Unlisted[];
  total: number;
  since: string;
  hour_seconds: number;
  octets: number;
  hour_octets: number;
  counted: number;
  yaml: string;
}

export interface Senders {
  senders: Unknown[];
  total: { senders: number; datagrams: number };
}

export interface Unknown {
  address: string; // empty: all senders that the lists have no room for
  datagrams: number;
  protocol: string;
  last_seen: string;
  yaml: string;
}

export interface Status {
  version: string;
  now: string;
  started: string;
  simulated: boolean;
  complete: {
    state: "complete" | "losing" | "unknown";
    hour: Loss;
    slot: Loss;
    kernel_drops: { known: boolean; total: number; hour: number };
  };
  notes: Note[];
  problems: string[];
  workers: number;
  listening: Socket[];
  regions: { name: string; exporters: string[] }[];
  exporters: Exporter[];
  silent: { address: string; name: string; region: string }[];
  unknown: Unknown[]; // at most a hundred
  unknown_total: { senders: number; datagrams: number };
  per_second: Rates;
  total: Counts;
  lately: Counts;
  store: {
    path: string;
    bytes: number;
    newest_slot: string | null;
    oldest_slot: string | null;
    last_commit: string | null;
    commits: number;
    failed: number;
  };
  journal: Journal;
  limits: Limit[];
  links: { interfaces: number; off: number; rows: Link[] };
}

export interface Report {
  name: string;
  built: string;
  bytes: number;
  files: { path: string; bytes: number }[];
  preview: string; // path of a figure, or empty
}

export interface Reports {
  reports: Report[];
  folder: string;
  command: string;
  periods: { name: string; kind: "month" | "quarter" | "year"; whole: boolean }[];
}

export interface Build {
  period: string;
  by: string;
  asked: string;
  waiting: boolean;
  step: string;
  done: number; // 0 to 1
}

export interface Built {
  period: string;
  by: string;
  ended: string;
  seconds: number;
  state: "built" | "cancelled" | "failed";
  problem: string;
  failures: string[];
}

export interface Building {
  builds: Build[];
  ended: Built[]; // the newest first
}

// Place is where in a question a mistake is: offset and length are octets of the parameter's text.
export interface Place {
  location: string; // "query.where", "body.period"
  offset?: number;
  length?: number;
  message: string;
}

// Failure is a question that got no answer: its message is a sentence for the reader.
export class Failure extends Error {
  constructor(message: string, readonly status = 0, readonly places: Place[] = []) { // status 0: no answer at all
    super(message);
  }
}

// ask gets an answer of the API, or throws a Failure. An abort is thrown as it is.
export function ask<T>(path: string, signal: AbortSignal): Promise<T> {
  return answer<T>(path, { signal, headers: { Accept: "application/json" } });
}

// change asks the API to change something, and throws a Failure where it does not. Only an editor may.
export function change<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return answer<T>(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

async function answer<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (e) {
    if (init.signal?.aborted) throw e;
    throw new Failure("The process does not answer. It may have ended, or this machine has lost the way to it.");
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  if (response.status === 401 && location.pathname !== "/login") { // the session has ended
    location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const problem = (await response.json().catch(() => null)) as { detail?: string; errors?: Place[] } | null;
  throw new Failure(problem?.detail ?? `The process answered with status ${response.status}.`, response.status, problem?.errors ?? []);
}

// Measures are columns of the dataset, under their names there. null: there is no such number.
export interface Measures {
  bits: number | null;
  bits_error: number | null;
  bps_avg: number | null;
  bps_p95: number | null;
  bps_max: number | null;
  unique_ips: number | null;
  unique_ips_low: number | null;
  unique_ips_high: number | null;
  magnitude: number | null;
  share: number | null;
  networks: number | null;
  flows: number | null;
}

export interface Month {
  name: string;
  from: string;
  to: string;
  whole: boolean;
  coverage: number;
  total: Measures;
  types: (Measures & { network_type: string; name: string; light: string; dark: string })[];
}

export interface Overview {
  month: Month | null; // null while there is no data
  before: Month | null;
  months: string[];
  notes: Note[];
}

export interface Figure {
  name: string;
  title: string;
  caption: string;
  width: number;
  height: number;
  option: Record<string, unknown>;
  table: { columns: string[]; rows: string[][] };
}

// The manual, as /api/v1/manual has it.
export interface ManualEntry {
  path: string; // empty: the index
  section: string;
  group: string;
  title: string;
  about: string;
}

export interface ManualFound {
  path: string;
  anchor: string;
  title: string;
  heading: string;
  excerpt: string;
}

export interface Manual {
  pages: ManualEntry[];
  found?: ManualFound[];
}

export interface ManualPage extends ManualEntry {
  html: string;
  headings: { id: string; level: number; title: string }[];
}

// Session is who asks, and how people log in.
export interface Session {
  name: string; // empty: nobody has logged in
  role: "anyone" | "viewer" | "editor";
  login: "" | "none" | "password" | "proxy" | "token"; // none: nobody has to
  ends: string | null; // of a session begun with a password, at the latest
  ways: string[]; // "password", "proxy"
}

// Now is what happens: see internal/console/now.go.
export interface Now {
  to: string | null; // how far anything is known
  live: boolean; // of these minutes; else the data end earlier
  slots: { start: string; seconds: number; open: boolean; bits: number | null; bps: number | null }[];
  types: { network_type: string; name: string; light: string; dark: string; bits: (number | null)[]; bps: (number | null)[] }[];
  bits: number | null; // of the two newest slots
  bps: number | null;
  bursts: Bursts | null; // not known yet
  movers: Movers | null;
  hour: Loss;
  regions: { region: string; coverage: number; lost: number | null }[];
}

export interface Bursts {
  from: string;
  to: string;
  weeks: number;
  needed: number;
  factor: number;
  least: number;
  rows: Burst[];
  left: number;
}

export interface Burst {
  network_type: string; // empty: a network
  name: string;
  region: string;
  bps: number;
  baseline: number;
  limit: number;
  deviation: number | null;
  since: string;
  longer: boolean;
}

export interface Movers {
  month: string;
  before: string; // empty: there is none
  whole: boolean;
  types: Mover[];
  networks: Mover[];
}

export interface Mover {
  key: string;
  name: string;
  network_type: string;
  bps: number;
  bps_before: number;
  share: number;
  share_before: number;
  change: number | null;
}
