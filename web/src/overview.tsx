import { useRef } from "preact/hooks";
import { formats } from "../figures/format";
import type { Measures, Month, Note, Now, Overview } from "./api";
import { explore, NowPanel, typed } from "./overview-now";
import { BurstsPanel, change, CompletePanel, MoversPanel, points, Swatch } from "./overview-parts";
import { Chart } from "./parts/figure";
import { Mark, Moment, Panel, Trouble, Wide } from "./parts/small";
import { useResource } from "./resource";
import { type Address, go } from "./router";
import { bps, percent } from "./text";
import "./overview.css";

// What draws figures is large: it comes while the answers do.
void import("./charts");

// nowEvery is how often the page asks what happens, in seconds. The process's own numbers are three
// seconds old at most, so a flow is seen within ten seconds of its arrival.
const nowEvery = 5;

// OverviewPage shows what happens now, and a month beside the one before it.
export function OverviewPage({ address, simulated }: { address: Address; simulated: boolean }) {
  const month = new URLSearchParams(address.search).get("month") ?? "";
  const { data, error, since } = useResource<Overview>("/api/v1/overview" + (month ? `?month=${encodeURIComponent(month)}` : ""), 60);
  const now = useResource<Now>("/api/v1/now", nowEvery);
  // The last answers stay while another month is loading.
  const known = useRef<Overview | undefined>(undefined);
  if (data) known.current = data;
  const shown = data ?? known.current;
  const choose = (m: string) => go("/" + (m ? `?month=${m}` : ""), true);
  const nothing = shown && !shown.month;
  const live = now.data;
  return (
    <>
      <div class="title">
        <h1>Overview</h1>
        {shown && shown.months.length > 0 && (
          <label class="choose">
            <span>Month</span>
            <select value={month || shown.month?.name} onChange={(e) => choose(e.currentTarget.value)}>
              {[...shown.months].reverse().map((m) => <option key={m} value={m}>{m}</option>)}
            </select>
          </label>
        )}
      </div>
      {now.error && <Trouble what={live ? "What happens now is not known: this is old." : "What happens now is not known."} why={now.error} since={now.since} />}
      {error && !now.error && <Trouble what={shown ? "These numbers are old." : "No overview."} why={error} since={since} />}
      {nothing && !live?.to && <p class="empty">There is no data yet: nothing has arrived. <a href="/exporters">The exporters page says what is listened to, and shows what arrives.</a></p>}
      {(!nothing || live?.to) && (
        <div class={`board ${now.error ? "old" : ""}`}>
          <NowPanel now={live} />
          <div class="stack">
            <BurstsPanel of={nothing ? { from: "", to: live!.to!, weeks: 0, needed: 3, factor: 1.5, least: 0.005, rows: [], left: 0 } : live?.bursts} />
            <CompletePanel now={live} month={shown?.months.at(-1) ?? ""} simulated={simulated} />
          </div>
        </div>
      )}
      {nothing && live?.to && <p class="empty">Months, and what is compared between them, are shown from the end of the first five minutes on.</p>}
      {!nothing && <div class={error || (!data && shown) ? "old" : ""} aria-busy={!data}><Body m={shown?.month ?? null} before={shown?.before ?? null} notes={shown?.notes ?? []} live={live} asked={month} /></div>}
    </>
  );
}

interface Pair {
  m: Month | null; // not known yet
  before: Month | null;
}

function Body({ m, before, notes, live, asked }: Pair & { notes: Note[]; live: Now | undefined; asked: string }) {
  const name = m?.name ?? asked;
  const range = { range: name };
  const newest = !live?.movers || live.movers.month === name;
  return (
    <>
      <h2 class="month">{m ? m.name : "\u00a0"}{before ? ` against ${before.name}` : ""}</h2>
      <p class="lead under">
        {m ? <>{m.whole ? <>The whole month.</> : <>Until <Moment at={m.to} />: the month is not over.</>}
        {" "}Coverage {percent(m.coverage)}. All regions, both directions, both IP versions. Nothing is suppressed here; what is published is.</> : "\u00a0"}
      </p>
      {notes.map((n) => (
        <div key={n.what} class={`remark ${n.level}`} role="note">
          <Mark level={n.level} />
          <p><strong>{n.what}</strong> {n.do}</p>
        </div>
      ))}
      <Totals m={m} before={before} />
      <div class="board">
        <Chart name="volume" title="Volume by network type" month={m?.name ?? ""} explore={explore({ measure: "volume", by: "type", range: monthsTo(name), step: "1mo", form: "area" })} />
        <Chart name="flow" title="Flow" month={m?.name ?? ""} explore={explore({ measure: "volume", by: "direction,region,type", form: "flow", ...range })} />
        <Types m={m} before={before} alone={!newest} />
        {newest && <MoversPanel of={live?.movers} />}
        <Chart name="heat-volume" title="Volume by region and network type" month={m?.name ?? ""} class="third" explore={explore({ measure: "volume", by: "region,type", form: "heatmap", step: "whole", ...range })} />
        <Chart name="heat-uniqueness" title="Uniqueness by region and network type" month={m?.name ?? ""} class="third" explore={explore({ measure: "uniqueness", by: "region,type", form: "heatmap", step: "whole", ...range })} />
        <Chart name="heat-magnitude" title="Magnitude by region and network type" month={m?.name ?? ""} class="third" explore={explore({ measure: "magnitude", by: "region,type", form: "heatmap", step: "whole", ...range })} />
      </div>
    </>
  );
}

// monthsTo is the range of fourteen months to one.
function monthsTo(name: string): string {
  const [y, m] = name.split("-").map(Number);
  if (!y || !m) return "24h";
  const first = new Date(Date.UTC(y, m - 14, 1));
  return `${first.toISOString().slice(0, 7)}..${name}`;
}

// known writes a number, or a dash for what is not known.
const known = (write: (v: number) => string) => (v: number | null): string => (v === null ? "\u2013" : write(v));
const bits = known(formats["@bits"]!), many = known(formats["@count"]!), speed = known(bps);

// against says how a number stands to that of the month before.
function against(now: number | null, before: number | null | undefined): string {
  return now === null || !before ? "" : change(now / before - 1);
}

function Totals({ m, before }: Pair) {
  const t = m?.total;
  const b = before?.total;
  const than = before ? `against ${before.name}` : "";
  // Sums and counts of a month that is not over cannot be held against a whole one; rates can.
  const fair = m?.whole ?? false;
  const since = (k: keyof Measures, comparable: boolean) => (comparable && t && b && against(t[k], b[k]) ? `${against(t[k], b[k])} ${than}` : "");
  const error = !t ? "" : t.bits_error === null ? "sampling error unknown" : `\u00b1 ${percent(t.bits_error)} from sampling`;
  const tile = (name: string, measure: string, value: string, note: string) => (
    <li key={name}>
      <span class="name">{m ? <a href={explore({ measure, by: "type", range: m.name })}>{name}</a> : name}</span>
      <span class="value">{t ? value : "\u00a0"}</span><span class="note">{t ? note || "\u00a0" : "\u00a0"}</span>
    </li>
  );
  const of = (k: keyof Measures) => t?.[k] ?? null;
  return (
    <ul class="tiles" aria-busy={!m}>
      {tile("Volume", "volume", bits(of("bits")), since("bits", fair) || error)}
      {tile("Average rate", "rate", speed(of("bps_avg")), since("bps_avg", true))}
      {tile("95th percentile", "p95", speed(of("bps_p95")), since("bps_p95", true))}
      {tile("Highest five minutes", "max", speed(of("bps_max")), since("bps_max", true))}
      {tile("Distinct addresses", "uniqueness", many(of("unique_ips")), since("unique_ips", fair) || `${many(of("unique_ips_low"))} to ${many(of("unique_ips_high"))}`)}
      {tile("Networks", "networks", many(of("networks")), since("networks", fair))}
    </ul>
  );
}

// Types is every measure by network type. It stands alone where no movers are beside it.
function Types({ m, before, alone }: Pair & { alone: boolean }) {
  const then = new Map(before?.types.map((t) => [t.network_type, t]));
  const rows = [...(m?.types ?? [])].sort((a, b) => (b.bits ?? 0) - (a.bits ?? 0));
  const to = (type: string) => explore({ measure: "volume", by: "network", where: typed(type), range: m!.name });
  return (
    <Panel title="By network type" class={`flush figure ${alone ? "w12" : "two-thirds"}`} aside={before ? `changes against ${before.name}` : ""}>
      <Wide label="Measures by network type">
        <table class="types measures">
          <thead>
            <tr>
              <th scope="col">Type</th><th scope="col" class="n">Volume</th><th scope="col" class="n">Share</th><th scope="col" class="n" abbr="Change of the share">Change</th><th scope="col" class="n">Average</th><th scope="col" class="n" abbr="Change of the average rate">Change</th>
              <th scope="col" class="n">p95</th><th scope="col" class="n">Highest</th><th scope="col" class="n">Addresses</th>
              <th scope="col" class="n">Magnitude</th><th scope="col" class="n">Networks</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((t) => (
              <tr key={t.network_type}>
                <th scope="row"><Swatch of={t} /><a href={to(t.network_type)}>{t.name}</a></th>
                <td class="n" data-label="Volume">{bits(t.bits)}</td>
                <td class="n" data-label="Share">{t.share === null ? "\u2013" : percent(t.share)}</td>
                <td class="n" data-label="Change">{points(t.share, before ? (then.get(t.network_type)?.share ?? 0) : null)}</td>
                <Row m={t} before={then.get(t.network_type)} />
              </tr>
            ))}
            {m && (
              <tr class="sum">
                <th scope="row">All</th><td class="n" data-label="Volume">{bits(m.total.bits)}</td><td class="n" data-label="Share">100&nbsp;%</td><td class="n" /><Row m={m.total} before={before?.total} />
              </tr>
            )}
            {!m && Array.from({ length: 9 }, (_, i) => <tr key={i} aria-hidden="true"><th>&nbsp;</th><td colSpan={10} /></tr>)}
          </tbody>
        </table>
      </Wide>
    </Panel>
  );
}

function Row({ m, before }: { m: Measures; before: Measures | undefined }) {
  return (
    <>
      <td class="n" data-label="Average">{speed(m.bps_avg)}</td>
      <td class="n" data-label="Rate change">{against(m.bps_avg, before?.bps_avg)}</td>
      <td class="n" data-label="p95">{speed(m.bps_p95)}</td>
      <td class="n" data-label="Highest">{speed(m.bps_max)}</td>
      <td class="n" data-label="Addresses">{many(m.unique_ips)}</td>
      <td class="n" data-label="Magnitude">{bits(m.magnitude)}</td>
      <td class="n" data-label="Networks">{many(m.networks)}</td>
    </>
  );
}
