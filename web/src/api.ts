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
  flows: Record<string, number>;
  octets: Record<string, number>;
  refused: Record<string, number>;
}

export interface Note {
  level: "bad" | "warn" | "info";
  exporter?: string;
  what: string;
  do: string;
  yaml?: string;
}

export interface Exporter {
  address: string;
  name: string;
  region: string;
  last_seen: string;
  per_second: Rates;
  total: Counts;
  lately: Counts;
  sampling_rates: number[];
  curve: number[];
}

export interface Unknown {
  address: string;
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
  notes: Note[];
  problems: string[];
  listening: { address: string; buffer: number; dropped: number | null }[];
  regions: { name: string; exporters: string[] }[];
  exporters: Exporter[];
  silent: { address: string; name: string; region: string }[];
  unknown: Unknown[];
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
}

export interface Report {
  name: string;
  built: string;
  bytes: number;
  files: { path: string; bytes: number }[];
}

export interface Reports {
  reports: Report[];
  folder: string;
  command: string;
}

// Failure is a question that got no answer: its message is a sentence for the reader.
export class Failure extends Error {}

// ask gets an answer of the API, or throws a Failure. An abort is thrown as it is.
export async function ask<T>(path: string, signal: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { signal, headers: { Accept: "application/json" } });
  } catch (e) {
    if (signal.aborted) throw e;
    throw new Failure("The process does not answer. It may have ended, or this machine has lost the way to it.");
  }
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
  throw new Failure(problem?.detail ?? `The process answered with status ${response.status}.`);
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
