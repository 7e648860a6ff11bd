import { useState } from "preact/hooks";
import type { Exporter, Limit, Link, Socket, Status } from "./api";
import { Facts, Mark, Moment, Panel, Path, Wide } from "./parts/small";
import { binary, bytes, counted, list, lost, number, span, total } from "./text";

// These panels say whether the numbers are complete: what never arrived, what the sockets, the journal
// and the bounds say, and whether samples fit the counters of the interfaces that they are from.

const many = 10; // rows shown before "Show all"

// told reports whether an exporter's sequence numbers have anything to tell of the last hour.
const told = (e: Exporter): boolean => e.loss.hour.lost > 0 || e.loss.hour.late > 0 || e.loss.hour.restarts > 0 || total(e.loss.hour.limits) > 0;

// LossPanel lists the exporters of which something is missing, the worst first.
export function LossPanel({ s }: { s: Status }) {
  const [all, setAll] = useState(false);
  const rows = s.exporters.filter(told).sort((a, b) => b.loss.hour.share - a.loss.hour.share || b.loss.hour.late - a.loss.hour.late);
  const hour = s.complete.hour;
  const drops = s.complete.kernel_drops;
  return (
    <Panel title="What never arrived" class={rows.length ? "flush" : ""} aside="last hour">
      <p class="lead loss">
        {hour.lost > 0
          ? <>An estimated <strong>{lost(hour.share)}</strong> of the exported records, about {number(Math.round(hour.lost))}. No number is corrected for it.</>
          : s.complete.state === "unknown" ? "Nothing has arrived in the last hour." : "By sequence numbers, nothing that was sent is missing."}
        {" "}{drops.hour > 0
          ? <em class="bad">The kernel dropped {counted(drops.hour, "datagram")} for want of receive buffer.</em>
          : drops.known ? <>The kernel dropped no datagram{drops.total > 0 && <> in that hour, and {number(drops.total)} since the start</>}.</> : "The kernel does not tell what it drops."}
      </p>
      {rows.length > 0 && (
        <Wide label="Loss by exporter">
          <table class="list loss">
            <thead>
              <tr>
                <th scope="col">Exporter</th>
                <th scope="col" class="n">Lost</th>
                <th scope="col" class="n">Last slot</th>
                <th scope="col" class="n">Records</th>
                <th scope="col" class="n">By our buffer</th>
                <th scope="col" class="n">Late</th>
                <th scope="col" class="n">Restarts</th>
                <th scope="col">Bounds reached</th>
              </tr>
            </thead>
            <tbody>
              {(all ? rows : rows.slice(0, many)).map((e) => <LossRow key={e.address} e={e} />)}
            </tbody>
          </table>
        </Wide>
      )}
      {!all && rows.length > many && <button type="button" class="more inset" onClick={() => setAll(true)}>Show all {rows.length}</button>}
    </Panel>
  );
}

// grave is the share of loss from which it deserves a note (muchLost of internal/console).
const grave = 0.001;

// Share is a share of loss, marked where it is grave.
export function Share({ of }: { of: number }) {
  return of > grave ? <em class="bad">{lost(of)}</em> : of > 0 ? <>{lost(of)}</> : <span class="quiet">0</span>;
}

const quietly = (n: number) => (n > 0 ? number(n) : <span class="quiet">0</span>);

function LossRow({ e }: { e: Exporter }) {
  const h = e.loss.hour;
  const missing = h.lost_datagrams + h.lost_records;
  return (
    <tr>
      <th scope="row"><Who name={e.name} address={e.address} region={e.region} /></th>
      <td class="n" data-label="Lost"><Share of={h.share} /></td>
      <td class="n" data-label="Last slot"><Share of={e.loss.slot.share} /></td>
      <td class="n" data-label="Records, about">{quietly(Math.round(h.lost))}</td>
      <td class="n" data-label="By our buffer">{missing > 0 ? `${Math.round((100 * Math.min(h.overrun, missing)) / missing)}\u00a0%` : <span class="quiet">–</span>}</td>
      <td class="n" data-label="Late">{quietly(h.late)}</td>
      <td class="n" data-label="Restarts">{quietly(h.restarts)}</td>
      <td data-label="Bounds reached">{total(h.limits) > 0 ? list(Object.entries(h.limits).map(([k, n]) => `${k} ${number(n)}×`)) : <span class="quiet">none</span>}</td>
    </tr>
  );
}

// Who names an exporter in a row's head.
function Who({ name, address, region }: { name: string; address: string; region: string }) {
  return (
    <span class="of">
      <b class={name ? "" : "mono"}>{name || address || "others"}</b>
      <span class="quiet">{region}{name && address && <> · <span class="mono">{address}</span></>}</span>
    </span>
  );
}

// LinksPanel compares what interfaces counted with what was sampled of them.
export function LinksPanel({ s }: { s: Status }) {
  const [all, setAll] = useState(false);
  const { interfaces, off, rows } = s.links;
  if (interfaces === 0) return null;
  const shown = all ? rows : rows.slice(0, Math.max(many, rows.filter((r) => r.off).length));
  const rest = interfaces - rows.length;
  return (
    <Panel title="Sampled against counted" class="flush" aside={counted(interfaces, "interface")}>
      <p class="lead inset">
        What sFlow's samples say, divided by what its interface counters say: about 1 where every packet had its chance.{" "}
        {off > 0 ? <em class="warn">{off === 1 ? "One interface does not fit." : `${number(off)} interfaces do not fit.`}</em> : "All fit."}
      </p>
      <Wide label="Sampled against counted, by interface">
        <table class="list fit">
          <thead>
            <tr>
              <th scope="col">Interface</th>
              <th scope="col" class="n">In</th>
              <th scope="col" class="n">Out</th>
              <th scope="col" class="n">Sampling</th>
              <th scope="col" class="n">Counted in</th>
              <th scope="col" class="n">Counted out</th>
              <th scope="col" class="n">Over</th>
            </tr>
          </thead>
          {shown.map((r) => <LinkRow key={`${r.address} ${r.agent} ${r.index}`} r={r} />)}
        </table>
      </Wide>
      {shown.length < rows.length && <button type="button" class="more inset" onClick={() => setAll(true)}>Show {rest > 0 ? `the busiest ${rows.length}` : `all ${rows.length}`}</button>}
    </Panel>
  );
}

function Ratio({ of, off }: { of: number | null; off: boolean }) {
  if (of === null) return <span class="quiet" title="too little was counted to say">–</span>;
  return off && Math.abs(of - 1) > 0.1 ? <em class="warn">{of.toFixed(2)}</em> : <>{of.toFixed(2)}</>;
}

function LinkRow({ r }: { r: Link }) {
  return (
    <tbody>
      <tr>
        <th scope="row"><span class="of">
          <b>{r.link || `Interface ${r.index}`}</b>
          <span class="quiet">{r.link && `interface ${r.index} · `}{r.name || <span class="mono">{r.address}</span>}{r.agent && <> agent <span class="mono">{r.agent}</span></>}{r.region && ` · ${r.region}`}</span>
        </span></th>
        <td class="n" data-label="In"><Ratio of={r.ratio_in} off={r.off} /></td>
        <td class="n" data-label="Out"><Ratio of={r.ratio_out} off={r.off} /></td>
        <td class="n" data-label="Sampling">{r.rate > 1 ? `1:${number(r.rate)}` : r.rate === 1 ? "unsampled" : <span class="quiet">–</span>}</td>
        <td class="n" data-label="Counted in">{bytes(r.counted_in)}</td>
        <td class="n" data-label="Counted out">{bytes(r.counted_out)}</td>
        <td class="n" data-label="Over">{span(1000 * r.seconds)}</td>
      </tr>
      {r.off && <tr class="hint"><td colSpan={7}><div><Mark level="warn" /><span>{r.hint}</span></div></td></tr>}
    </tbody>
  );
}

// Sockets sums the sockets of an address over the workers: what the kernel drops is told by address.
export function Sockets({ s }: { s: Status }) {
  const addresses = [...new Set(s.listening.map((l) => l.address))];
  if (addresses.length === 0) return <Panel title="Listening"><p class="lead">On no address.</p></Panel>;
  return (
    <Panel title="Listening" aside={s.workers > 1 ? counted(s.workers, "worker") : ""}>
      <Facts of={addresses.map((a) => {
        const of = s.listening.filter((l) => l.address === a);
        const dropped = of.reduce((n, l) => n + (l.dropped ?? 0), 0);
        const least = of.reduce((x, y) => (y.buffer < x.buffer ? y : x));
        return [a, dropped > 0 ? <><em class={s.complete.kernel_drops.hour > 0 ? "bad" : ""}>{number(dropped)} dropped</em>, <Buffer l={least} /></> : <Buffer l={least} />];
      })} />
    </Panel>
  );
}

function Buffer({ l }: { l: Socket }) {
  return <span class="quiet">buffer {binary(l.buffer)}{l.buffer < l.asked && ` of ${binary(l.asked)} asked`}</span>;
}

// JournalPanel says what a kill would lose, which is normally nothing.
export function JournalPanel({ s }: { s: Status }) {
  const j = s.journal;
  if (!j.path) {
    return (
      <Panel title="Journal" aside="off">
        <p class="lead">
          Switched off by <code>journal.max_size: 0</code> in the configuration. If this process is killed, or the machine fails, what arrived since the last
          commit is lost: up to some six minutes of traffic. An orderly stop loses nothing. Without that line a journal of up to 16 GiB is kept.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Journal" aside={j.problem ? <em class="bad">cannot be written</em> : ""}>
      <meter class={j.bytes > 0.9 * j.max_bytes ? "full" : ""} min={0} max={j.max_bytes} value={j.bytes} aria-label="Part of the journal's bound that is used" />
      <Facts of={[
        ["Size", <>{binary(j.bytes)} <span class="quiet">of {binary(j.max_bytes)}</span></>],
        ["Oldest datagram", j.oldest ? <Moment at={j.oldest} now={s.now} /> : "none"],
        ["Segments", number(j.segments)],
        ["A power cut would take", binary(j.unsynced)],
        ["Given up at its bound", trouble(j.dropped, "datagram")],
        ["Counted, not written to it", trouble(j.unjournalled, "datagram")],
        ...(j.replayed > 0 || j.torn > 0
          ? [["Datagrams read again", <>{number(j.replayed)}{j.torn > 0 && <span class="quiet"> ({binary(j.torn)} torn)</span>}</>] as [string, preact.ComponentChildren]]
          : []),
        ["Folder", <Path path={j.path} />],
      ]} />
    </Panel>
  );
}

const trouble = (n: number, noun: string) => (n > 0 ? <em class="warn">{counted(n, noun)}</em> : <span class="quiet">nothing</span>);

// BoundsPanel shows how near the process is to its bounds.
export function BoundsPanel({ s }: { s: Status }) {
  if (s.limits.length === 0) return null;
  return (
    <Panel title="Bounds" aside="limits: in the configuration">
      <ul class="bounds">{s.limits.map((l) => <Bound key={l.name} l={l} />)}</ul>
    </Panel>
  );
}

function Bound({ l }: { l: Limit }) {
  return (
    <li title={l.consequence && `When reached, ${l.consequence}.`}>
      <span class="key mono">{l.name}</span>
      <span class="use">{number(l.value)} <span class="quiet">of {number(l.bound)}</span></span>
      <meter class={l.value > 0.9 * l.bound ? "full" : ""} min={0} max={l.bound} value={l.value} aria-label={`${l.name}: part that is used`} />
      {l.reached > 0 && <p class={l.reached_hour > 0 ? "hot" : ""}>Reached {number(l.reached)}×{l.reached_hour > 0 && l.reached_hour < l.reached && `, ${number(l.reached_hour)}× in the last hour`}{l.consequence && `: ${l.consequence}`}.</p>}
    </li>
  );
}
