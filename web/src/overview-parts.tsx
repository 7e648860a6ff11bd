import type { Burst, Bursts, Mover, Movers, Now } from "./api";
import { explore, typed } from "./overview-now";
import { Mark, Moment, Panel } from "./parts/small";
import { bps, lost, percent } from "./text";
import { useTheme } from "./theme";

// Filling stands where a list will be.
export function Filling({ what, rows = 4 }: { what: string; rows?: number }) {
  return (
    <div class="filling" role="status">
      <span class="unseen">Loading {what}</span>
      {Array.from({ length: rows }, (_, i) => <div key={i} aria-hidden="true" />)}
    </div>
  );
}

const signed = (v: number, digits: number): string => `${v < 0 ? "\u2212" : "+"}${Math.abs(v).toFixed(digits)}`;

// points is a change of a share in percentage points.
export function points(now: number | null, before: number | null): string {
  if (now === null || before === null) return "";
  const p = 100 * (now - before);
  return Math.abs(p) < 0.05 ? "\u00b10\u00a0pp" : `${signed(p, 1)}\u00a0pp`;
}

// change is a relative change: +12.3 %, or ×27.
export function change(v: number | null): string {
  if (v === null) return "new";
  if (v >= 9) return `\u00d7${(v + 1).toFixed(0)}`;
  return Math.abs(v) < 0.0005 ? "\u00b10\u00a0%" : `${signed(100 * v, Math.abs(v) < 1 ? 1 : 0)}\u00a0%`;
}

const network = (name: string): string => "/network?" + new URLSearchParams({ name }).toString();

// BurstsPanel lists what is far above its baseline.
export function BurstsPanel({ of }: { of: Bursts | null | undefined }) {
  return (
    <Panel title="Bursting now" aside={of ? <><Moment at={of.to} /></> : ""}>
      {!of ? <Filling what="what bursts" /> : of.weeks < of.needed ? (
        <p class="calm"><Mark level="info" /><span>No baseline yet. The same hour is known of {of.weeks === 1 ? "one week" : `${of.weeks} weeks`} of the last eight; it takes {of.needed}.</span></p>
      ) : of.rows.length === 0 ? (
        <p class="calm"><Mark level="ok" /><span>Nothing is far above what is usual at this hour.</span></p>
      ) : (
        <table class="ranked">
          <thead><tr><th scope="col">What</th><th scope="col" class="n">Rate</th><th scope="col" class="n">Above</th></tr></thead>
          <tbody>{of.rows.map((b) => <BurstRow key={b.network_type + b.name + b.region} b={b} />)}</tbody>
        </table>
      )}
      {of && of.left > 0 && <p class="says">And {of.left} more.</p>}
      {of && of.weeks >= of.needed && (
        <p class="says">
          Of the ten minutes before <Moment at={of.to} />: rates above {of.factor} times the median of the same hour of the last {of.weeks} weeks, and above the highest of them, with at
          least {percent(of.least)} of all bits.
        </p>
      )}
    </Panel>
  );
}

function BurstRow({ b }: { b: Burst }) {
  const to = b.network_type
    ? explore({ measure: "rate", by: "network", where: typed(b.network_type, ` and region = "${b.region.replace(/["\\]/g, "\\$&")}"`), range: "24h", step: "10m" })
    : network(b.name);
  return (
    <tr>
      <th scope="row"><a href={to}>{b.name}</a><span class="quiet">{b.region ? `${b.region}, ` : "network, "}since {b.longer && "before "}<Moment at={b.since} /></span></th>
      <td class="n">{bps(b.bps)}<span class="quiet">usually {b.baseline === 0 ? "0" : bps(b.baseline)}</span></td>
      <td class="n up">{b.deviation === null ? "new" : change(b.deviation)}</td>
    </tr>
  );
}

// MoversPanel lists networks by how they changed between two months. What types did stands in the table of
// types beside it.
export function MoversPanel({ of }: { of: Movers | null | undefined }) {
  const aside = of?.before ? `${of.month} against ${of.before}` : "";
  return (
    <Panel title="Largest movers" class="third movers" aside={aside}>
      {!of ? <Filling what="what moved" rows={8} /> : !of.before ? (
        <p class="calm"><Mark level="info" /><span>There is no month before {of.month} to compare with.</span></p>
      ) : (
        <>
          <MoverTable rows={of.networks} />
          <p class="says">Networks by change of share, in percentage points.{!of.whole && ` ${of.month} is not over, so average rates are compared and not sums.`}</p>
        </>
      )}
    </Panel>
  );
}

function MoverTable({ rows }: { rows: Mover[] }) {
  return (
    <table class="ranked">
      <thead><tr><th scope="col">Network</th><th scope="col" class="n">Average</th><th scope="col" class="n">Change</th><th scope="col" class="n">Share</th></tr></thead>
      <tbody>
        {rows.map((m) => (
          <tr key={m.key}>
            <th scope="row"><a href={network(m.key)}>{m.name}</a></th>
            <td class="n">{bps(m.bps)}</td>
            <td class="n">{m.bps_before === 0 ? "new" : m.bps === 0 ? "gone" : change(m.change)}</td>
            <td class="n">{points(m.share, m.share_before)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// CompletePanel says how complete the numbers are: the last hour, and the month by region.
export function CompletePanel({ now, month, simulated }: { now: Now | undefined; month: string; simulated: boolean }) {
  const heard = now && (now.hour.records > 0 || now.hour.lost > 0);
  const silence = simulated ? "The simulation is over: nothing arrives any more." : "Nothing arrived in the last hour.";
  return (
    <Panel title="Coverage and loss" aside={<a href="/exporters">Exporters</a>}>
      {!now ? <Filling what="coverage and loss" rows={6} /> : (
        <>
          <p class="calm">
            <Mark level={!heard ? "info" : now.hour.share > 0 ? "warn" : "ok"} />
            <span>{!heard ? silence : now.hour.share > 0 ? `${lost(now.hour.share)} of the records of the last hour never arrived.` : "Nothing was lost in the last hour."}</span>
          </p>
          {now.regions.length > 0 && (
            <table class="ranked">
              <thead><tr><th scope="col">{month}</th><th scope="col" class="n">Coverage</th><th scope="col" class="n">Lost</th></tr></thead>
              <tbody>
                {now.regions.map((r) => (
                  <tr key={r.region} class={r.region === "all" ? "sum" : ""}>
                    <th scope="row">{r.region === "all" ? "All regions" : r.region}</th>
                    <td class="n">{percent(r.coverage)}</td>
                    <td class="n">{r.lost === null ? "\u2013" : lost(r.lost)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <p class="says">Coverage: slots in which every exporter of the region was heard. Lost: estimated from sequence numbers. No number is corrected for either.</p>
        </>
      )}
    </Panel>
  );
}

// Swatch is a type's colour.
export function Swatch({ of }: { of: { light: string; dark: string } }) {
  const theme = useTheme();
  return <i class="swatch" style={{ background: of[theme] }} />;
}
