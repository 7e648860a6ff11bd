import { useRef, useState } from "preact/hooks";
import { formats } from "../figures/format";
import type { Measures, Month, Note, Overview } from "./api";
import { Chart } from "./parts/figure";
import { Mark, Moment, Panel, Trouble, Wait, Wide } from "./parts/small";
import { useResource } from "./resource";
import { useTheme } from "./theme";
import { bps, percent } from "./text";

// OverviewPage shows a month beside the one before it.
export function OverviewPage() {
  const [month, setMonth] = useState(new URLSearchParams(location.search).get("month") ?? "");
  const { data, error, since } = useResource<Overview>("/api/v1/overview" + (month ? `?month=${encodeURIComponent(month)}` : ""), 60);
  // The choice of months stays while another month is loading.
  const known = useRef<string[]>([]);
  if (data) known.current = data.months;
  const months = known.current;
  const choose = (m: string) => {
    setMonth(m);
    history.replaceState(null, "", "/" + (m ? `?month=${m}` : ""));
  };
  return (
    <>
      <div class="title">
        <h1>Overview</h1>
        {months.length > 0 && (
          <label class="choose">
            <span>Month</span>
            <select value={data?.month?.name ?? month} onChange={(e) => choose(e.currentTarget.value)}>
              {[...months].reverse().map((m) => <option key={m} value={m}>{m}</option>)}
            </select>
          </label>
        )}
      </div>
      {error && <Trouble what={data ? "These numbers are old." : "No overview."} why={error} since={since} />}
      {!data && !error && <Wait what="the overview" rows={4} />}
      {data && (data.month ? <Body m={data.month} before={data.before} notes={data.notes} /> : (
        <p class="empty">There is no data yet: the first slot is kept when its five minutes are over. <a href="/exporters">The exporters page shows what arrives.</a></p>
      ))}
    </>
  );
}

interface Pair {
  m: Month;
  before: Month | null;
}

function Body({ m, before, notes }: Pair & { notes: Note[] }) {
  return (
    <>
      <p class="lead under">
        {m.whole ? <>The whole month, {m.name}.</> : <>{m.name} until <Moment at={m.to} />: the month is not over.</>}
        {" "}Coverage {percent(m.coverage)}. All regions, both directions, both IP versions. Nothing is suppressed here; what is published is.
      </p>
      {notes.map((n) => (
        <div key={n.what} class={`remark ${n.level}`} role="note">
          <Mark level={n.level} />
          <p><strong>{n.what}</strong> {n.do}</p>
        </div>
      ))}
      <Totals m={m} before={before} />
      <div class="pair">
        <Chart name="volume" month={m.name} />
        <Chart name="flow" month={m.name} />
        <Chart name="heat-volume" month={m.name} />
        <Chart name="heat-uniqueness" month={m.name} />
        <Chart name="heat-magnitude" month={m.name} />
        <Types m={m} before={before} />
      </div>
    </>
  );
}

const bits = (v: number | null): string => (v === null ? "–" : formats["@bits"]!(v));
const many = (v: number | null): string => (v === null ? "–" : formats["@count"]!(v));
const speed = (v: number | null): string => (v === null ? "–" : bps(v));

// against says how a number stands to that of the month before.
function against(now: number | null, before: number | null | undefined): string {
  if (now === null || !before) return "";
  const change = now / before - 1;
  if (Math.abs(change) < 0.0005) return "\u00b10\u00a0%";
  const sign = change < 0 ? "\u2212" : "+";
  return `${sign}${Math.abs(change) >= 10 ? Math.abs(change * 100).toFixed(0) : Math.abs(change * 100).toFixed(1)}\u00a0%`;
}

function Totals({ m, before }: Pair) {
  const t = m.total;
  const b = before?.total;
  const than = before ? `against ${before.name}` : "";
  // Sums and counts of a month that is not over cannot be held against a whole one; rates can.
  const fair = m.whole;
  const tile = (name: string, value: string, note: string) => (
    <li key={name}><span class="name">{name}</span><span class="value">{value}</span><span class="note">{note}</span></li>
  );
  const change = (k: keyof Measures, comparable: boolean) => (comparable && b && against(t[k], b[k]) ? `${against(t[k], b[k])} ${than}` : "");
  const error = t.bits_error === null ? "sampling error unknown" : `± ${percent(t.bits_error)} from sampling`;
  return (
    <ul class="tiles">
      {tile("Volume", bits(t.bits), change("bits", fair) || error)}
      {tile("Average rate", speed(t.bps_avg), change("bps_avg", true))}
      {tile("95th percentile", speed(t.bps_p95), change("bps_p95", true))}
      {tile("Highest five minutes", speed(t.bps_max), change("bps_max", true))}
      {tile("Distinct addresses", many(t.unique_ips), change("unique_ips", fair) || `${many(t.unique_ips_low)} to ${many(t.unique_ips_high)}`)}
      {tile("Networks", many(t.networks), change("networks", fair))}
    </ul>
  );
}

// Types is every measure by network type.
function Types({ m, before }: Pair) {
  const theme = useTheme();
  const then = new Map(before?.types.map((t) => [t.network_type, t.share]));
  const rows = [...m.types].sort((a, b) => (b.bits ?? 0) - (a.bits ?? 0));
  return (
    <Panel title="By network type" class="flush figure" aside={before ? `share against ${before.name}` : ""}>
      <Wide label="Measures by network type">
        <table class="types">
          <thead>
            <tr>
              <th scope="col">Type</th><th scope="col" class="n">Share</th><th scope="col" class="n">Change</th><th scope="col" class="n">Average</th>
              <th scope="col" class="n">p95</th><th scope="col" class="n">Highest</th><th scope="col" class="n">Addresses</th>
              <th scope="col" class="n">Magnitude</th><th scope="col" class="n">Networks</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((t) => (
              <tr key={t.network_type}>
                <th scope="row"><i class="swatch" style={{ background: t[theme] }} />{t.name}</th>
                <td class="n">{t.share === null ? "–" : percent(t.share)}</td>
                <td class="n">{points(t.share, before ? (then.get(t.network_type) ?? 0) : null)}</td>
                <Row m={t} />
              </tr>
            ))}
            <tr class="sum"><th scope="row">All</th><td class="n">100&nbsp;%</td><td /><Row m={m.total} /></tr>
          </tbody>
        </table>
      </Wide>
    </Panel>
  );
}

function Row({ m }: { m: Measures }) {
  return (
    <>
      <td class="n">{speed(m.bps_avg)}</td>
      <td class="n">{speed(m.bps_p95)}</td>
      <td class="n">{speed(m.bps_max)}</td>
      <td class="n">{many(m.unique_ips)}</td>
      <td class="n">{bits(m.magnitude)}</td>
      <td class="n">{many(m.networks)}</td>
    </>
  );
}

// points is a change of share in percentage points.
function points(now: number | null, before: number | null): string {
  if (now === null || before === null) return "";
  const p = 100 * (now - before);
  if (Math.abs(p) < 0.05) return "±0";
  return `${p < 0 ? "\u2212" : "+"}${Math.abs(p).toFixed(1)}\u00a0pp`;
}
