import type { ComponentChildren } from "preact";
import type { Status } from "./api";
import { BoundsPanel, JournalPanel, LinksPanel, LossPanel, Sockets } from "./complete";
import { ExportersPanel, useReveal } from "./exporters";
import { UnlistedPanel } from "./interfaces";
import { Notes } from "./notes";
import { Code, Facts, Mark, Moment, Panel, Path, Spark } from "./parts/small";
import { ErrorBox, Skeleton, Stale } from "./parts/states";
import type { Resource } from "./resource";
import type { Address } from "./router";
import { bps, bytes, counted, list, lost, number, percent, rate, span, total } from "./text";
import { UnknownSenders } from "./unknown";
import { verdicts } from "./words";

// ExportersPage answers what an engineer asks who has just pointed a router here: does it arrive, is it
// read, what is refused and why, what is to be done.
export function ExportersPage({ status, address }: { status: Resource<Status>; address: Address }) {
  const s = status.data;
  useReveal(address, !!s);
  return (
    <>
      <h1 class="unseen">Exporters</h1>
      {status.error && <ErrorBox what={s ? "These numbers are old." : "No status."} why={status.error} since={status.since} />}
      {s ? <Body s={s} old={!!status.error} address={address} /> : !status.error && <Skeleton what="the exporters" rows={5} />}
    </>
  );
}

function Body({ s, old, address }: { s: Status; old: boolean; address: Address }) {
  const first = s.exporters.length === 0;
  const notes = first ? s.notes.filter((n) => n.level !== "info") : s.notes;
  return (
    <Stale on={old}>
      <Headline s={s} />
      {!first && <Tiles s={s} />}
      <div class="columns">
        <div class="main">
          {notes.length > 0 && <Notes notes={notes} />}
          {s.unknown_total.datagrams > 0 && <UnknownSenders s={s} />}
          {first && (s.simulated ? <Filled /> : <FirstSteps s={s} />)}
          {!first && <LossPanel s={s} />}
          {!first && <ExportersPanel s={s} address={address} />}
          {!first && <UnlistedPanel s={s} />}
          {!first && <LinksPanel s={s} />}
        </div>
        <div class="side">
          {!first && <Fates s={s} />}
          <Sockets s={s} />
          {!s.simulated && <JournalPanel s={s} />}
          <StorePanel s={s} />
          {!first && <BoundsPanel s={s} />}
        </div>
      </div>
    </Stale>
  );
}

// headline says in one sentence how things are.
function headline(s: Status): { level: "ok" | "info" | "warn" | "bad"; text: string; more: ComponentChildren } {
  const worst = s.notes[0]?.level;
  const heard = s.exporters.filter((e) => e.per_second.datagrams > 0).length;
  const n = s.exporters.length;
  if (s.problems.length > 0) return { level: "bad", text: "Not ready", more: s.problems[0]! };
  if (n === 0) {
    if (s.unknown_total.datagrams > 0)
      return { level: "warn", text: "Datagrams arrive, but from no known exporter", more: "They are refused until their sender is in a region." };
    if (s.simulated) return { level: "ok", text: "The demo is ready", more: "" };
    return { level: "info", text: "Ready, and waiting for the first datagram", more: "" };
  }
  const refused = total(s.lately.refused);
  const reading = refused === 0 ? (s.complete.hour.lost > 0 ? "Everything that arrives is read." : "Everything that they send arrives and is read.") : `${counted(refused, "item")} refused in the last ten minutes.`;
  const sending = heard === n ? (n === 1 ? "One exporter is sending" : `All ${n} exporters are sending`) : `${heard} of ${n} exporters are sending`;
  if (heard === 0 && s.simulated) return { level: "info", text: "The simulation is over", more: <>What it made is in the store: <a href="/">see the overview</a>.</> };
  if (heard === 0) return { level: "bad", text: "No exporter is sending", more: `The last was heard ${ago(s)} ago.` };
  if (s.complete.state === "losing")
    return {
      level: "bad", text: "Losing",
      more: `${s.complete.hour.share > 0.0001 ? `An estimated ${lost(s.complete.hour.share)} of the records of the last hour never arrived.` : s.notes.find((n) => n.loses)!.what} ${sending}.`,
    };
  const complete = s.complete.hour.lost > 0 ? `Complete but for ${lost(s.complete.hour.share)}` : "Complete";
  const level = worst === "bad" || worst === "warn" ? worst : "ok";
  return { level, text: complete + { ok: "", warn: ", with warnings", bad: " so far, with faults" }[level], more: `${sending}. ${reading}` };
}

function ago(s: Status): string {
  const last = Math.max(...s.exporters.map((e) => new Date(e.last_seen).getTime()));
  return span(new Date(s.now).getTime() - last);
}

function Headline({ s }: { s: Status }) {
  const h = headline(s);
  return (
    <div class="headline" role="status">
      <Mark level={h.level} />
      <p><strong>{h.text}.</strong> {h.more}</p>
    </div>
  );
}

function Tiles({ s }: { s: Status }) {
  const sum = s.exporters.reduce<number[]>((a, e) => e.curve.map((v, i) => v + (a[i] ?? 0)), []);
  const refused = total(s.lately.refused);
  const flows = total(s.lately.flows);
  const countedFlows = s.lately.flows["counted"] ?? 0;
  return (
    <ul class="tiles">
      <li>
        <span class="name">Traffic counted</span>
        <span class="value">{bps(s.per_second.counted_bits)}</span>
        <span class="note">as exported now, × sampling rate</span>
      </li>
      <li class="wide">
        <span class="name">Records</span>
        <span class="value">{rate(s.per_second.records)}<small>/s</small></span>
        <Spark values={sum} label="Records a second over the last ten minutes" />
      </li>
      <li>
        <span class="name">Datagrams</span>
        <span class="value">{rate(s.per_second.datagrams)}<small>/s</small></span>
        <span class="note">{number(s.total.datagrams)} since the start</span>
      </li>
      <li>
        <span class="name">Flows that count</span>
        <span class="value">{flows ? percent(countedFlows / flows) : "–"}</span>
        <span class="note">of {number(flows)} in ten minutes</span>
      </li>
      <li>
        <span class="name">Refused</span>
        <span class="value">{number(refused)}</span>
        <span class="note">in ten minutes; {number(total(s.total.refused))} since the start{s.unknown_total.senders > 0 && "; unknown senders apart"}</span>
      </li>
      <li>
        <span class="name">Never arrived</span>
        <span class={`value ${s.complete.state === "losing" ? "bad" : ""}`}>{s.complete.state === "unknown" ? "–" : lost(s.complete.hour.share)}</span>
        <span class="note">of the records of the last hour</span>
      </li>
      <li>
        <span class="name">Newest slot kept</span>
        <span class="value">{s.store.newest_slot ? s.store.newest_slot.slice(11, 16) : "–"}<small>{s.store.newest_slot ? " UTC" : ""}</small></span>
        <span class="note">{s.store.newest_slot ? s.store.newest_slot.slice(0, 10) : "the first is kept when its five minutes are over"}</span>
      </li>
    </ul>
  );
}

// Filled stands in place of the first steps in the demo.
function Filled() {
  return (
    <p class="empty">
      Nobody has to send anything to the demo: it has filled its store by itself. <a href="/">The overview shows what is in it.</a>
    </p>
  );
}

// FirstSteps is the page of a process that has heard nothing yet.
function FirstSteps({ s }: { s: Status }) {
  const ports = s.listening.map((l) => l.address.slice(l.address.lastIndexOf(":") + 1));
  const filter = ports.map((p) => `port ${p}`).join(" or ");
  return (
    <Panel title="Point a router here">
      <ol class="steps">
        <li>
          <h3>Export to this machine</h3>
          <p>
            Let the router send NetFlow v5, v9, IPFIX or sFlow v5 to UDP port {list(ports) || "(none is open)"} of this machine. The version is in the
            datagram, so any port takes any of them. Good settings: an active timeout of one minute, templates every minute, and the sampler
            announced in an options template.
          </p>
        </li>
        <li>
          <h3>Say where it stands</h3>
          <p>
            {s.regions.length > 0
              ? <>Datagrams are taken from addresses in a region. Configured: {list(s.regions.map((r) => `${r.name} (${r.exporters.join(", ")})`))}.</>
              : <>No region is configured yet, so every sender is refused. Whoever sends is listed here with the lines that admit it.</>}
          </p>
        </li>
        <li>
          <h3>If nothing shows up within a minute</h3>
          <p>See whether its datagrams reach this machine:</p>
          <Code text={`tcpdump -n -c 5 'udp and (${filter || "port 2055"})'`} label="tcpdump command" />
          <p>Nothing there: the router, or a firewall on the way. Datagrams there but none here: a firewall on this machine.</p>
        </li>
      </ol>
      {s.silent.length > 0 && <p class="lead">Expected by configuration: {list(s.silent.map((e) => (e.name ? `${e.name} (${e.address})` : e.address)))}.</p>}
    </Panel>
  );
}

// Fates shows what became of the flows read.
function Fates({ s }: { s: Status }) {
  const flows = total(s.lately.flows);
  const octets = total(s.lately.octets);
  return (
    <Panel title="What became of flows" aside="last ten minutes">
      {flows === 0 ? <p class="lead">No flow in the last ten minutes.</p> : (
        <table class="fates">
          <thead><tr><th scope="col">Verdict</th><th scope="col" class="n">Flows</th><th scope="col" class="n">Traffic</th></tr></thead>
          <tbody>
            {verdicts.filter((v) => v.key === "counted" || s.lately.flows[v.key]).map((v) => {
              const n = s.lately.flows[v.key] ?? 0;
              return (
                <tr key={v.key} class={v.key}>
                  <th scope="row">{v.name}<span>{v.what}</span><meter min={0} max={flows} value={n} aria-label={`${v.name}: share of flows`} /></th>
                  <td class="n">{percent(n / flows)}</td>
                  <td class="n">{octets ? percent((s.lately.octets[v.key] ?? 0) / octets) : "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function StorePanel({ s }: { s: Status }) {
  return (
    <Panel title="Store and process">
      <Facts of={[
        ["Newest slot", s.store.newest_slot ? <Moment at={s.store.newest_slot} /> : "none yet"],
        ["Oldest slot", s.store.oldest_slot ? <Moment at={s.store.oldest_slot} /> : "none yet"],
        ["Last commit", s.store.last_commit ? <Moment at={s.store.last_commit} now={s.now} /> : "none yet"],
        ["Size", bytes(s.store.bytes)],
        ["File", <Path path={s.store.path} />],
        ["Running since", <><Moment at={s.started} /> <span class="quiet">({span(new Date(s.now).getTime() - new Date(s.started).getTime())})</span></>],
        ["Version", s.version],
      ]} />
    </Panel>
  );
}
