import { useEffect, useRef, useState } from "preact/hooks";
import { ask, type Senders, type Status, type Unknown } from "./api";
import { Code, Moment, Panel } from "./parts/small";
import { counted, number } from "./text";
import { protocol } from "./words";

const few = 10; // senders shown at first
const page = 100; // asked for at a time

// quoted writes an address or a name as YAML takes it inside brackets.
const quoted = (a: string): string => (/^[A-Za-z][\w.-]*$|^[\d.]+(\/\d+)?$/.test(a) ? a : JSON.stringify(a));

// admit writes the configuration lines that put a sender into a region.
function admit(u: Unknown, region: Status["regions"][number] | undefined): string {
  if (!region) return u.yaml;
  return `regions:\n  - {name: ${quoted(region.name)}, exporters: [${[...region.exporters, u.address].map(quoted).join(", ")}]}\n`;
}

// UnknownSenders lists who is refused for being in no region, with the lines that would admit them. The
// status has those with most datagrams; the others are asked for by the page.
export function UnknownSenders({ s }: { s: Status }) {
  const [wanted, setWanted] = useState(few);
  const [more, setMore] = useState<Unknown[]>([]);
  const [state, setState] = useState<{ busy: boolean; why: string }>({ busy: false, why: "" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const rest = s.unknown.concat(more).filter((u) => u.address === "");
  const seen = new Set<string>();
  const known = s.unknown.concat(more).filter((u) => u.address !== "" && !seen.has(u.address) && seen.add(u.address));
  const total = s.unknown_total.senders;
  const show = async () => {
    if (known.length >= Math.min(wanted + page, total)) return setWanted(wanted + page);
    running.current?.abort();
    const mine = (running.current = new AbortController());
    setState({ busy: true, why: "" });
    try {
      const got = await ask<Senders>(`/api/v1/unknown?offset=${known.length}&n=${page}`, mine.signal);
      setMore((was) => was.concat(got.senders));
      setWanted((n) => n + page);
      setState({ busy: false, why: "" });
    } catch (e) {
      if (!mine.signal.aborted) setState({ busy: false, why: e instanceof Error ? e.message : String(e) });
    }
  };
  const shown = known.slice(0, wanted);
  return (
    <Panel title="Unknown senders" aside={`${number(total)} ${total === 1 ? "address" : "addresses"}, ${counted(s.unknown_total.datagrams, "datagram")} refused`}>
      <p class="lead">
        They send flow export but are in no region, so what they send is refused. If one is a router of yours, choose where it stands, put the line
        into the configuration in place of the region's own, and restart.
      </p>
      <ul class="unknown">{shown.map((u) => <UnknownSender key={u.address} u={u} s={s} />)}</ul>
      {rest.length > 0 && <p class="lead">Further senders, more than limits.unknown_senders has room for, sent {counted(rest[0]!.datagrams, "datagram")}.</p>}
      {state.why && <p class="wrong" role="alert">{state.why}</p>}
      {shown.length < total && <button type="button" class="more" disabled={state.busy} onClick={show}>Show more: {number(total - shown.length)} with fewer datagrams</button>}
    </Panel>
  );
}

function UnknownSender({ u, s }: { u: Unknown; s: Status }) {
  const [region, setRegion] = useState(s.regions[0]?.name ?? "");
  const id = "region-" + u.address.replace(/[^0-9a-f]/g, "-");
  return (
    <li>
      <div class="who">
        <strong class="mono">{u.address}</strong>
        <span>{protocol(u.protocol)} · {counted(u.datagrams, "datagram")} · <Moment at={u.last_seen} now={s.now} /></span>
      </div>
      <div class="choose">
        <label for={id}>stands in</label>
        <select id={id} value={region} onChange={(e) => setRegion(e.currentTarget.value)}>
          {s.regions.map((r) => <option key={r.name} value={r.name}>{r.name}</option>)}
          <option value="">a new region</option>
        </select>
      </div>
      <Code text={admit(u, s.regions.find((r) => r.name === region))} label={`lines that admit ${u.address}`} />
    </li>
  );
}
