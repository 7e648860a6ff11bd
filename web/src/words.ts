// Verdicts and refusals in words. The names are those of internal/flow; one that is new there is shown
// by its own name.

export const verdicts: { key: string; name: string; what: string }[] = [
  { key: "counted", name: "Counted", what: "in the statistics" },
  { key: "internal", name: "Internal", what: "both sides are own prefixes" },
  { key: "transit", name: "Transit", what: "neither side is an own prefix" },
  { key: "internal_link", name: "Internal link", what: "counts where it crosses the border" },
  { key: "other_meter", name: "Metered twice", what: "the record of the other direction counts" },
  { key: "unlisted_link", name: "Unlisted link", what: "left out by unlisted_links: ignore" },
];

const refusals: Record<string, string> = {
  version: "datagrams of no version that can be read",
  truncated: "datagrams shorter than they say",
  set: "sets of impossible length",
  template: "templates that cannot be compiled",
  no_template: "data sets whose template never came",
  held_limit: "data sets beyond what can wait for templates",
  sample_kind: "samples that are neither flow nor counter samples",
  empty: "records without octets and packets (events)",
  no_address: "records without addresses",
  bad_header: "sampled packets that cannot be read down to IP",
  implausible: "records with impossible counts",
  discarded: "samples of packets the switch discarded",
};

export const refusal = (reason: string): string => refusals[reason] ?? reason;

const protocols: Record<string, string> = { netflow5: "NetFlow v5", netflow9: "NetFlow v9", ipfix: "IPFIX", sflow5: "sFlow v5", sflow: "sFlow v5" };

export const protocol = (p: string): string => protocols[p] ?? (p || "unreadable");
