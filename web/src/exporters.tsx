import { useEffect, useState } from "preact/hooks";
import type { Domain, Exporter, ExporterDetail, Status } from "./api";
import "./exporters.css";
import { Share } from "./complete";
import { UnlistedTable } from "./interfaces";
import { Item } from "./notes";
import { Code, Facts, Mark, Moment, Panel, Spark } from "./parts/small";
import { ErrorBox, Skeleton } from "./parts/states";
import { type Column, Table } from "./parts/table";
import { useResource } from "./resource";
import { type Address, go } from "./router";
import { bps, counted, list, number, percent, rate, total } from "./text";
import { protocol, refusal, verdicts } from "./words";

const most = 50; // rows shown before "Show all"

// ExportersPanel lists who sends, a row each; a row unfolds to all that is known of it, and then stands
// in the address. What tells of trouble stands first, so that a narrow window shows it.
export function ExportersPanel({ s, address }: { s: Status; address: Address }) {
  const opened = new URLSearchParams(address.search).get("exporter") ?? "";
  const [search, setSearch] = useState("");
  const [region, setRegion] = useState("");
  const [troubled, setTroubled] = useState(false);
  const regions = [...new Set(s.exporters.map((e) => e.region))].sort();
  const sought = search.trim().toLowerCase();
  const shown = s.exporters.filter((e) =>
    e.address === opened || ((!region || e.region === region) && (!troubled || e.level !== "") && (!sought || `${e.name} ${e.address}`.toLowerCase().includes(sought))));
  const open = (a: string) => go("/exporters" + (a ? `?exporter=${encodeURIComponent(a)}` : ""), true);
  const bad = s.exporters.filter((e) => e.level !== "").length;
  // One that is asked for by the address is shown, wherever the order has it.
  const hidden = shown.findIndex((e) => e.address === opened) >= most;
  const rows = hidden ? [...shown.filter((e) => e.address === opened), ...shown.filter((e) => e.address !== opened)] : shown;
  return (
    <Panel title="Exporters" class="flush exporters" aside={bad > 0 ? `${counted(s.exporters.length, "exporter")}, ${number(bad)} with trouble` : counted(s.exporters.length, "exporter")}>
      {s.exporters.length > 8 && (
        <div class="tools">
          <input class="field" type="search" placeholder="Name or address" aria-label="Search exporters" value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
          <select class="field" aria-label="Region" value={region} onChange={(e) => setRegion(e.currentTarget.value)}>
            <option value="">All regions</option>
            {regions.map((r) => <option key={r} value={r}>{r}</option>)}
          </select>
          {bad > 0 && <label class="check"><input type="checkbox" checked={troubled} onChange={(e) => setTroubled(e.currentTarget.checked)} /> Only with trouble</label>}
        </div>
      )}
      <Table
        label="Exporters" columns={columns(s)} rows={rows} id={(e) => e.address} most={most}
        opened={opened} onOpen={open} detail={(e) => <Detail e={e} />}
        lead={(e) => (e.level ? <Mark level={e.level} /> : null)}
      />
      {shown.length === 0 && <p class="lead">No exporter fits.</p>}
    </Panel>
  );
}

function columns(s: Status): Column<Exporter>[] {
  return [
    {
      name: "Exporter", by: (e) => e.name || e.address,
      cell: (e) => <><b class={e.name ? "" : "mono"}>{e.name || e.address}</b><span class="quiet">{e.region}{e.name && e.address && <> · <span class="mono">{e.address}</span></>}</span></>,
    },
    { name: "Last seen", by: (e) => e.last_seen, cell: (e) => <Moment at={e.last_seen} now={s.now} /> },
    { name: "Lost", number: true, about: "estimated share of its records in the last hour", by: (e) => e.loss.hour.share, cell: (e) => <Share of={e.loss.hour.share} /> },
    { name: "Refused", number: true, about: "datagrams, sets and records in the last ten minutes", by: (e) => total(e.lately.refused), cell: (e) => <Refused n={total(e.lately.refused)} /> },
    { name: "Traffic", number: true, about: "of flows that count, × sampling rate", by: (e) => e.per_second.counted_bits, cell: (e) => bps(e.per_second.counted_bits) },
    { name: "Records/s", number: true, by: (e) => e.per_second.records, cell: (e) => rate(e.per_second.records) },
    { name: "Last ten minutes", wide: true, about: "records a second", cell: (e) => <Spark values={e.curve} label={`Records a second of ${e.name || e.address} over the last ten minutes`} /> },
    { name: "Sampling", wide: true, by: (e) => e.sampling_rates[e.sampling_rates.length - 1] ?? null, cell: sampling },
    { name: "Templates", number: true, about: "in force, over all its domains", by: (e) => e.templates.templates, cell: (e) => templates(e, s.now) },
    { name: "Datagrams/s", number: true, by: (e) => e.per_second.datagrams, cell: (e) => rate(e.per_second.datagrams) },
  ];
}

const Refused = ({ n }: { n: number }) => (n > 0 ? <strong>{number(n)}</strong> : <span class="quiet">0</span>);

// sampling says which rates an exporter's flows came with.
function sampling(e: Exporter) {
  const known = e.sampling_rates.filter((r) => r > 0).map((r) => (r === 1 ? "unsampled" : `1:${number(r)}`));
  const unknown = e.sampling_rates.includes(0);
  if (known.length === 0 && !unknown) return <span class="quiet">none yet</span>;
  return <span>{list(known.slice(0, 3))}{known.length > 3 && ` +${known.length - 3}`}{known.length > 0 && unknown && ", "}{unknown && <em class="warn">unknown, ×1</em>}</span>;
}

function templates(e: Exporter, now: string) {
  const t = e.templates;
  if (t.templates === 0) return <span class="quiet" title="NetFlow v5 and sFlow have none">–</span>;
  return <span>{number(t.templates)}{t.refreshed && <span class="quiet">, <Moment at={t.refreshed} now={now} /></span>}</span>;
}

// region = X as the filter language has it.
const regionFilter = (name: string): string => `region = ${/^[A-Za-z][A-Za-z0-9_-]*$/.test(name) ? name : JSON.stringify(name)}`;

// Detail is what a row unfolds to. What the list knows stands at once; the rest is asked for.
function Detail({ e: known }: { e: Exporter }) {
  const { data, error } = useResource<ExporterDetail>(known.address ? `/api/v1/exporters/${encodeURIComponent(known.address)}` : "", 5);
  const e = data?.exporter ?? known;
  return (
    <div class="exporter-detail">
      <p class="links-row">
        <a href={`/explore?measure=volume&by=type&where=${encodeURIComponent(regionFilter(e.region))}&range=24h`}>What {e.region} exchanges, by type</a>
        <a href={`/explore?measure=rate&by=link&where=${encodeURIComponent(regionFilter(e.region))}&range=24h&form=lines`}>{e.region} by link</a>
      </p>
      {data && data.notes.length > 0 && <div class="notes"><ul>{data.notes.map((n) => <Item key={n.what.replace(/[\d,.]+/g, "#")} n={n} />)}</ul></div>}
      <Counted e={e} />
      {error && !data && <ErrorBox what="The rest is missing." why={error} />}
      {!data && !error && known.address && <Skeleton what="the exporter" rows={1} height="3rem" />}
      {data && <Domains of={data.domains} e={e} now={data.now} />}
      {data && data.unlisted.total > 0 && (
        <section>
          <h3>Interfaces without a link{data.unlisted.total > data.unlisted.interfaces.length && `: the busiest ${data.unlisted.interfaces.length} of ${number(data.unlisted.total)}`}</h3>
          <UnlistedTable of={data.unlisted} now={data.now} />
          <details class="numbers"><summary>The lines for them</summary><Code text={data.unlisted.yaml} label={`lines of links: for ${e.name || e.address}`} /></details>
        </section>
      )}
    </div>
  );
}

function Counted({ e }: { e: Exporter }) {
  const t = e.total;
  const flows = total(t.flows);
  const refusals = Object.entries(t.refused).sort((a, b) => b[1] - a[1]);
  return (
    <div class="threefold">
      <section>
        <h3>Read since the start</h3>
        <Facts of={[
          ["Datagrams", number(t.datagrams)],
          ["Records", number(t.records)],
          ["Flows", number(flows)],
          ["Options records", number(t.options)],
          ["Waited for their template", number(t.held)],
        ]} />
      </section>
      <section>
        <h3>Refused since the start</h3>
        {refusals.length === 0 ? <p class="quiet">Nothing.</p>
          : <Facts of={refusals.map(([reason, n]) => [refusal(reason), <>{number(n)} <span class="quiet">({number(e.lately.refused[reason] ?? 0)} lately)</span></>])} />}
        <Facts of={[
          ["Flows counted ×1, rate unknown", number(t.rate_unknown)],
          ["Datagrams with a clock ten minutes off", number(t.skewed)],
          ["Flows without usable times", number(t.untimed)],
        ]} />
      </section>
      <section>
        <h3>What became of its flows</h3>
        {flows === 0 ? <p class="quiet">None since the start.</p> : (
          <Facts of={verdicts.filter((v) => t.flows[v.key]).map((v) => [v.name, <>{percent(t.flows[v.key]! / flows)} <span class="quiet">({number(t.flows[v.key]!)})</span></>])} />
        )}
      </section>
      <section>
        <h3>Missing since the start</h3>
        <Facts of={[
          ["Datagrams, where they are numbered", number(t.lost_datagrams)],
          ["Records, where they are numbered", number(t.lost_records)],
          ["Of these by our own buffer", number(t.overrun)],
          ["Late datagrams", number(t.late)],
          ["Restarts", number(t.restarts)],
        ]} />
      </section>
    </div>
  );
}

const numbered: Record<string, string> = { netflow5: "engine", netflow9: "source", ipfix: "domain", sflow5: "sub-agent" };

// Domains says of each stream of an exporter how many templates it has and when they came.
function Domains({ of, e, now }: { of: Domain[]; e: Exporter; now: string }) {
  if (of.length === 0) return null;
  const rest = e.templates.domains - of.length;
  const templated = (d: Domain) => d.protocol === "netflow9" || d.protocol === "ipfix";
  const columns: Column<Domain>[] = [
    { name: "Stream", by: (d) => d.id, cell: (d) => <><b>{protocol(d.protocol)}</b><span class="quiet">{numbered[d.protocol] ?? "domain"} {d.id}{d.agent && <> of agent <span class="mono">{d.agent}</span></>}</span></> },
    { name: "Templates", number: true, by: (d) => d.templates, cell: (d) => (templated(d) ? number(d.templates) : <span class="quiet">has none</span>) },
    { name: "Of options", number: true, by: (d) => d.options, cell: (d) => (templated(d) ? number(d.options) : "") },
    { name: "Samplers announced", number: true, by: (d) => d.samplers, cell: (d) => (templated(d) ? number(d.samplers) : "") },
    { name: "Last template", by: (d) => d.refreshed, cell: (d) => (d.refreshed ? <Moment at={d.refreshed} now={now} /> : templated(d) ? <em class={d.templates ? "" : "warn"}>{d.templates ? "before the start" : "never"}</em> : "") },
  ];
  return (
    <section>
      <h3>Streams and templates</h3>
      <Table label={`Streams of ${e.name || e.address}`} columns={columns} rows={of} id={(d) => `${d.protocol}-${d.id}-${d.agent}`} most={16} />
      {rest > 0 && <p class="quiet">And {number(rest)} heard longer ago.</p>}
    </section>
  );
}

// useReveal brings the exporter that the address asks for into sight, once.
export function useReveal(address: Address, ready: boolean): void {
  const opened = new URLSearchParams(address.search).get("exporter") ?? "";
  useEffect(() => {
    const row = ready && opened ? document.querySelector(".exporters tbody.open") : null;
    const top = row?.getBoundingClientRect().top ?? 0;
    if (row && (top < 0 || top > innerHeight - 100)) row.scrollIntoView({ block: "start" });
  }, [ready, opened]);
}
