import { useEffect, useState } from "preact/hooks";
import { ask, Failure } from "../api";
import type { PageProps } from "../main";
import { Facts, Moment, Panel, Wide } from "../parts/small";
import { Empty, ErrorBox, Skeleton, Stale } from "../parts/states";
import { toast } from "../parts/toast";
import { useResource } from "../resource";
import { go } from "../router";
import { useSession } from "../session";
import { bps, counted, number } from "../text";
import { explorePage, networkPage } from "./address";
import { Classify, type Done, Undone } from "./classify";
import { Course, type Point } from "./course";
import "./networks.css";
import { Ranges } from "./ranges";
import { Bar, between, bits, many, RuleWord, share, TypeChip, whose } from "./small";
import type { Catalogue, Network, NetworkMonth, Part, Seen, Value } from "./wire";

// NetworkPage is all that is known of one network.
export function NetworkPage({ address }: PageProps) {
  const params = new URLSearchParams(address.search);
  const name = params.get("name") ?? "", range = params.get("range") ?? "";
  const [turn, setTurn] = useState(0);
  const [done, setDone] = useState<Done>();
  const [open, setOpen] = useState(false);
  const { data, failure, old } = useNetwork(name, range, turn);
  const catalogue = useResource<Catalogue>("/api/v1/catalogue", 0, turn);
  const session = useSession();
  const able = session?.role === "editor" && catalogue.data?.why === "" && name !== "unknown";
  useEffect(() => {
    if (name) document.title = `${name} · Tributary`;
  }, [name]);
  return (
    <div class="network">
      <p class="crumb"><a href="/networks">Networks</a></p>
      <div class="title">
        <h1>{name || "No network"}</h1>
        <Ranges at={range} known={data?.range.asked ?? ""} choose={(r) => go(networkPage(name, r))} />
      </div>
      {!name && <Empty>The address names no network. <a href="/networks">Choose one from the list.</a></Empty>}
      {done && <Undone of={done} again={(text) => { setDone(undefined); setTurn(turn + 1); toast(text); }} />}
      {failure && (failure.status === 404 ? <NoNetwork name={name} range={range} failure={failure} />
        : <ErrorBox what="This network's numbers are missing." why={failure.message} again={() => setTurn(turn + 1)} />)}
      {name && !data && !failure && <Skeleton what="the network" rows={5} height="7rem" />}
      {data && <Stale on={old}><Body n={data} classify={able ? () => setOpen(true) : undefined} why={why(session?.role, catalogue.data, name)} /></Stale>}
      {open && catalogue.data && data && (
        <Classify network={name} type="" catalogue={catalogue.data} close={() => setOpen(false)} done={(d) => {
          setDone(d);
          const called = /name: "?(.*?)"?, type:/.exec(d.written.entries[0] ?? "")?.[1];
          if (called && called !== name) go(networkPage(called, range), true);
          setTurn(turn + 1);
        }} />
      )}
    </div>
  );
}

// NoNetwork stands where nothing is known of the name: that is an answer, and no fault.
function NoNetwork({ name, range, failure }: { name: string; range: string; failure: Failure }) {
  if (name === "unknown") return <Empty>There is no traffic whose AS number is not known. <a href="/networks">All networks</a></Empty>;
  return (
    <Empty>
      <p>{failure.message}</p>
      {failure.places.length > 0 && <p>Similar: {failure.places.map((p, i) => <>{i > 0 && ", "}<a href={networkPage(p.message, range)}>{p.message}</a></>)}</p>}
    </Empty>
  );
}

// why says why the network cannot be classified here; empty where it can be.
function why(role: string | undefined, c: Catalogue | undefined, name: string): string {
  if (name === "unknown") return "Parties whose AS number is not known are of no network: an AS database would name them.";
  if (role && role !== "editor") return `Classifying needs the role editor; you are ${role}.`;
  return c?.why ?? "";
}

// useNetwork asks for a network; the answer before stays until the next one is there.
function useNetwork(name: string, range: string, turn: number) {
  const [state, setState] = useState<{ key: string; data?: Network; failure?: Failure }>({ key: "" });
  const key = `${name}\n${range}\n${turn}`;
  useEffect(() => {
    if (!name) return;
    const end = new AbortController();
    const path = `/api/v1/network?name=${encodeURIComponent(name)}${range ? `&range=${encodeURIComponent(range)}` : ""}`;
    ask<Network>(path, end.signal).then(
      (data) => setState({ key, data }),
      (e: unknown) => { if (!end.signal.aborted) setState({ key, failure: e instanceof Failure ? e : new Failure(String(e)) }); },
    );
    return () => end.abort();
  }, [key]);
  const mine = state.data?.name === name ? state.data : undefined;
  return { data: mine, failure: state.key === key ? state.failure : undefined, old: state.key !== key };
}

interface BodyProps {
  n: Network;
  classify: (() => void) | undefined;
  why: string;
}

function Body({ n, classify, why }: BodyProps) {
  const at = n.range.asked;
  return (
    <>
      <div class="network-head">
        <TypeChip of={n.type} /><RuleWord of={n.rule} />
        <button type="button" class="button small" disabled={!classify} title={why} onClick={classify}>Classify</button>
        <a class="button small" href={explorePage(n.name, at, { by: "region" })}>Explore</a>
        {why && <span class="quiet why">{why}</span>}
      </div>
      <Tiles n={n} />
      <Panel title="By month" aside={counted(n.months.length, "month")}>
        <Courses n={n} />
        <Months of={n.months} name={n.name} />
      </Panel>
      <div class="thirds">
        <Parts title="By region" of={n.regions} name={n.name} at={at} field="region" />
        <Parts title="By link" of={n.links} name={n.name} at={at} field="link" />
        <Parts title="By direction" of={n.directions} name={n.name} at={at} field="direction" />
      </div>
      <div class="halves">
        <Panel title="What says so"><Rules n={n} /></Panel>
        <Panel title="What it consists of"><Consists n={n} /></Panel>
      </div>
    </>
  );
}

const ratio = (v: number | null | undefined): string => (v === null || v === undefined ? "–" : v.toPrecision(3).replace(/\.?0+$/, ""));

function Tiles({ n }: { n: Network }) {
  const tile = (name: string, value: string, note: string) => (
    <li key={name}><span class="name">{name}</span><span class="value">{value}</span><span class="note">{note}</span></li>
  );
  const v = n.variability;
  const bounded = (of: Value, write: (x: number) => string) => between(of, write) || (of.value === null ? "" : "exact");
  return (
    <ul class="tiles">
      {tile("Volume", bits(n.volume.value), n.volume.error === null ? "" : `± ${share(n.volume.error)} from sampling`)}
      {tile("Share of all", share(n.share), n.rank > 0 ? `rank ${number(n.rank)} of ${number(n.of)}` : "no traffic in this time")}
      {tile("Average rate", n.bps_avg === null ? "–" : bps(n.bps_avg), `p95 ${n.bps_p95 === null ? "–" : bps(n.bps_p95)}, highest ${n.bps_max === null ? "–" : bps(n.bps_max)}`)}
      {tile("Distinct addresses", many(n.uniqueness.value), bounded(n.uniqueness, many))}
      {tile("Magnitude", `${bits(n.magnitude.value)}`, n.magnitude.value === null ? "" : `an address${between(n.magnitude, bits) && `, ${between(n.magnitude, bits)}`}`)}
      {tile("Persistence", share(n.persistence.value), n.persistence.value === null ? "the time before is not known" : `of its addresses were there before${between(n.persistence, share) && `, ${between(n.persistence, share)}`}`)}
      {tile("Variability", v ? ratio(v.cv) : "–", v ? `coefficient of variation; p95 ${ratio(v.p95_ratio)} ×, highest ${ratio(v.max_ratio)} × the average` : "ten-minute rates of this time are not kept")}
    </ul>
  );
}

function Courses({ n }: { n: Network }) {
  const of = (pick: (m: NetworkMonth) => Value): Point[] => n.months.map((m) => ({ month: m.month, ...pick(m) }));
  const to = (month: string) => networkPage(n.name, month);
  const plain = (v: number | null): Value => ({ value: v, low: null, high: null, error: null });
  return (
    <div class="courses">
      <Course title="Volume" unit="bits" points={of((m) => plain(m.bits))} write={(v) => bits(v)} href={to} colour={n.type} />
      <Course title="Uniqueness" unit="distinct addresses" points={of((m) => m.uniqueness)} write={(v) => many(v)} href={to} />
      <Course title="Magnitude" unit="bits an address" points={of((m) => m.magnitude)} write={(v) => bits(v)} href={to} />
      <Course title="Persistence" unit="share of addresses seen the month before" points={of((m) => m.persistence)} write={(v) => share(v)} top={1} href={to} />
    </div>
  );
}

function Months({ of, name }: { of: NetworkMonth[]; name: string }) {
  const cell = (v: Value, write: (x: number | null) => string) => <td class="n" title={between(v, write)}>{write(v.value)}</td>;
  return (
    <details class="numbers">
      <summary>The numbers</summary>
      <Wide label="Numbers by month">
        <table>
          <thead><tr><th scope="col">Month</th><th scope="col" class="n">Volume</th><th scope="col" class="n">Addresses</th><th scope="col" class="n">Magnitude</th><th scope="col" class="n">Persistence</th></tr></thead>
          <tbody>{[...of].reverse().map((m) => (
            <tr key={m.month}><th scope="row"><a href={networkPage(name, m.month)}>{m.month}</a></th><td class="n">{bits(m.bits)}</td>{cell(m.uniqueness, many)}{cell(m.magnitude, bits)}{cell(m.persistence, share)}</tr>
          ))}</tbody>
        </table>
      </Wide>
    </details>
  );
}

function Parts({ title, of, name, at, field }: { title: string; of: Part[]; name: string; at: string; field: string }) {
  const top = Math.max(1e-9, ...of.map((p) => p.share ?? 0));
  return (
    <Panel title={title} aside={<a href={explorePage(name, at, { by: field })}>Explore</a>}>
      {of.length === 0 ? <p class="lead">No traffic in this time.</p> : (
        <table class="small parts">
          <thead><tr><th scope="col">{title.slice(3, 4).toUpperCase() + title.slice(4)}</th><th scope="col" class="n">Volume</th><th scope="col" class="n">Share</th></tr></thead>
          <tbody>{of.map((p) => (
            <tr key={p.value}><th scope="row">{p.name}<Bar part={(p.share ?? 0) / top} /></th><td class="n">{bits(p.volume.value)}</td><td class="n">{share(p.share)}</td></tr>
          ))}</tbody>
        </table>
      )}
    </Panel>
  );
}

function Rules({ n }: { n: Network }) {
  return (
    <>
      {n.types.length > 1 && <p class="lead">Its traffic has several types: {n.types.map((t) => `${t.name} ${share(t.share)}`).join(", ")}.</p>}
      <ul class="rules">
        {n.rules.map((r) => (
          <li key={`${r.file}:${r.line}:${r.about}`} class={r.holds ? "" : "past"}>
            <p><TypeChip of={r.type} /> <strong>{r.about}</strong> {days(r.from, r.to)} {!r.holds && <span class="quiet">another rule comes before it, or it holds on other days</span>}</p>
            {r.file ? <p class="quiet">{whose[r.source]}, {r.file}, line {r.line}</p> : <p class="quiet">{r.text}</p>}
            {r.file && <pre tabIndex={0} aria-label={`Entry about ${r.about}`}><code>{r.text}</code></pre>}
          </li>
        ))}
      </ul>
    </>
  );
}

function days(from: string | null, to: string | null): string {
  if (from && to) return `from ${from} to ${to}`;
  if (from) return `from ${from}`;
  return to ? `to ${to}` : "";
}

const exact: Record<Seen["precision"], string> = { "5m": "slot of five minutes", "1h": "hour", "1d": "day", "1mo": "month" };

function Consists({ n }: { n: Network }) {
  const seen = (s: Seen | null) => (s ? <><Moment at={s.at} /> <span class="quiet">({exact[s.precision]})</span></> : "never");
  return (
    <Facts of={[
      ["AS numbers", n.numbers.length ? <span class="wrap">{n.numbers.map((a) => `AS${a}`).join(", ")}</span> : "none by name"],
      ["Named prefixes", n.prefixes.length ? <span class="wrap mono">{n.prefixes.join(", ")}</span> : "none"],
      ["First seen", seen(n.first)],
      ["Last seen", seen(n.last)],
    ]} />
  );
}
