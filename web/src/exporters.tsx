import { useState } from "preact/hooks";
import type { Exporter, Status } from "./api";
import { Share } from "./complete";
import { Facts, Mark, Moment, Panel, Spark, Wide } from "./parts/small";
import { bps, counted, list, number, percent, rate, total } from "./text";
import { refusal, verdicts } from "./words";

// Exporters lists who sends, a row each; a row unfolds to all that is counted of it. What tells of
// trouble stands first, so that a narrow window shows it.
export function Exporters({ s }: { s: Status }) {
  const regions = [...new Set(s.exporters.map((e) => e.region))].sort();
  const [region, setRegion] = useState("");
  const shown = s.exporters.filter((e) => !region || e.region === region);
  return (
    <Panel title="Exporters" class="flush" aside={
      regions.length > 1 && s.exporters.length > 8
        ? <select aria-label="Region" value={region} onChange={(e) => setRegion(e.currentTarget.value)}>
            <option value="">All {s.exporters.length}</option>
            {regions.map((r) => <option key={r} value={r}>{r}</option>)}
          </select>
        : counted(s.exporters.length, "exporter")
    }>
      <Wide label="Exporters">
        <table class="exporters">
          <thead>
            <tr>
              <th scope="col">Exporter</th>
              <th scope="col">Last seen</th>
              <th scope="col" class="n">Lost</th>
              <th scope="col" class="n">Refused</th>
              <th scope="col" class="n">Traffic</th>
              <th scope="col" class="n">Records/s</th>
              <th scope="col" class="curve">Last ten minutes</th>
              <th scope="col">Sampling</th>
              <th scope="col" class="n">Datagrams/s</th>
            </tr>
          </thead>
          {shown.map((e) => <Row key={e.address} e={e} s={s} />)}
        </table>
      </Wide>
    </Panel>
  );
}

// sampling says which rates an exporter's flows came with.
function sampling(e: Exporter) {
  const known = e.sampling_rates.filter((r) => r > 0).map((r) => (r === 1 ? "unsampled" : `1:${number(r)}`));
  const unknown = e.sampling_rates.includes(0);
  if (known.length === 0 && !unknown) return <span class="quiet">none yet</span>;
  return <>{list(known.slice(0, 3))}{known.length > 3 && ` +${known.length - 3}`}{known.length > 0 && unknown && ", "}{unknown && <em class="warn">unknown, ×1</em>}</>;
}

function Row({ e, s }: { e: Exporter; s: Status }) {
  const [open, setOpen] = useState(false);
  const level = s.notes.find((n) => n.exporter === e.address && n.level !== "info")?.level;
  const id = "exporter-" + (e.address || "others").replace(/[^0-9a-f]/g, "-");
  const refused = total(e.lately.refused);
  return (
    <tbody class={open ? "open" : ""}>
      <tr>
        <th scope="row"><div class="who">
          <button type="button" class="unfold" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
            <svg viewBox="0 0 10 10" aria-hidden="true"><path d="M3 1l4 4-4 4" /></svg>
            <span>
              <b class={e.name ? "" : "mono"}>{e.name || e.address}</b>
              <span class="quiet">{e.region}{e.name && e.address && <> · <span class="mono">{e.address}</span></>}</span>
            </span>
          </button>
          {level && <Mark level={level} />}
        </div></th>
        <td data-label="Last seen"><Moment at={e.last_seen} now={s.now} /></td>
        <td data-label="Lost" class="n"><Share of={e.loss.hour.share} /></td>
        <td data-label="Refused" class="n">{refused > 0 ? <strong>{number(refused)}</strong> : <span class="quiet">0</span>}</td>
        <td data-label="Traffic" class="n">{bps(e.per_second.counted_bits)}</td>
        <td data-label="Records/s" class="n">{rate(e.per_second.records)}</td>
        <td data-label="Records, ten minutes" class="curve"><Spark values={e.curve} label={`Records a second of ${e.name || e.address} over the last ten minutes`} /></td>
        <td data-label="Sampling">{sampling(e)}</td>
        <td data-label="Datagrams/s" class="n">{rate(e.per_second.datagrams)}</td>
      </tr>
      {open && <tr class="detail"><td colSpan={9} id={id}><Detail e={e} /></td></tr>}
    </tbody>
  );
}

function Detail({ e }: { e: Exporter }) {
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
        <Facts of={verdicts.filter((v) => t.flows[v.key]).map((v) => [v.name, <>{percent(t.flows[v.key]! / flows)} <span class="quiet">({number(t.flows[v.key]!)})</span></>])} />
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
