import { useEffect, useRef, useState } from "preact/hooks";
import type { PageProps } from "../main";
import { Code, Panel } from "../parts/small";
import { Empty, ErrorBox, Skeleton, Stale } from "../parts/states";
import { type Column, type Sort, Table } from "../parts/table";
import { Tabs } from "../parts/tabs";
import { toast } from "../parts/toast";
import { useResource } from "../resource";
import { useSession } from "../session";
import { number } from "../text";
import { useTheme } from "../theme";
import { type Asked, apiOf, networkPage, put, read } from "./address";
import { Classify, type Done, Undone } from "./classify";
import "./networks.css";
import { Ranges } from "./ranges";
import { Bar, between, bits, many, RuleWord, share, TypeChip } from "./small";
import type { Catalogue, NetworkRow, Networks, TypeName } from "./wire";

// NetworksPage lists the networks, and those that no rule has a type for.
export function NetworksPage({ address }: PageProps) {
  const asked = read(address.search);
  const [turn, setTurn] = useState(0); // rises when the catalogue was written
  const found = useResource<Networks>(apiOf(asked), 0, turn);
  const catalogue = useResource<Catalogue>("/api/v1/catalogue", 0, turn);
  const session = useSession();
  const editor = session?.role === "editor";
  const [at, setAt] = useState<{ network: string; type: string }>();
  const [done, setDone] = useState<Done>();
  const last = useRef<Networks>(undefined);
  if (found.data) last.current = found.data;
  const data = found.data ?? last.current;
  const classify = (network: string, type: string) => setAt({ network, type });
  return (
    <div class="networks">
      <div class="title">
        <h1>Networks</h1>
        <Ranges at={asked.range} known={data?.range.asked ?? ""} choose={(range) => put(address, { range })} />
      </div>
      <Tabs label="Networks" at={asked.tab} choose={(tab) => put(address, { tab: tab as Asked["tab"] })}
        tabs={[{ id: "all", name: "All" }, { id: "unclassified", name: "Unclassified" }]}>
        <div class="finder">
          <Search of={asked.search} search={(search) => put(address, { search })} />
          {asked.tab === "all" && catalogue.data && <Types of={catalogue.data.types} at={asked.type} choose={(type) => put(address, { type })} />}
        </div>
        {done && <Undone of={done} again={(text) => { setDone(undefined); setTurn(turn + 1); toast(text); }} />}
        {found.status === 404 && <Empty><p>{found.error}</p><p><a href="/exporters">The exporters page shows what arrives.</a></p></Empty>}
        {found.error && found.status !== 404 && <ErrorBox what="The networks are missing." why={found.error} since={found.since} />}
        {!data && !found.error && <Skeleton what="the networks" rows={6} height="3rem" />}
        {data && <Stale on={!found.data}>
          <Summary of={data} tab={asked.tab} type={asked.type} />
          {asked.tab === "unclassified" && session && !editor && <p class="lead under">Classifying needs the role editor; you are {session.role}.</p>}
          {asked.tab === "unclassified" && catalogue.data?.why && <WhyNot of={catalogue.data} />}
          {data.rows.length === 0 ? <Nothing asked={asked} /> : (
            <Panel title={asked.tab === "all" ? "Largest first" : "Unclassified by volume"} class="flush" aside={data.left > 0 ? `${number(data.left)} more` : ""}>
              <List of={data} asked={asked} sort={(s) => put(address, { sort: `${s.down ? "-" : ""}${s.column}` })}
                {...(asked.tab === "unclassified" ? { classify, types: catalogue.data?.types ?? [], able: editor && !catalogue.data?.why } : {})} />
              {data.left > 0 && asked.n < 100 && <button type="button" class="more inset" onClick={() => put(address, { n: 100 })}>Show 100</button>}
            </Panel>
          )}
        </Stale>}
      </Tabs>
      {catalogue.data && <Files of={catalogue.data} editor={editor} reload={() => setTurn(turn + 1)} />}
      {at && catalogue.data && (
        <Classify network={at.network} type={at.type} catalogue={catalogue.data} close={() => setAt(undefined)}
          done={(d) => { setDone(d); setTurn(turn + 1); }} />
      )}
    </div>
  );
}

// Search waits a moment after each letter.
function Search({ of, search }: { of: string; search: (text: string) => void }) {
  const [text, setText] = useState(of);
  const timer = useRef(0);
  useEffect(() => setText(of), [of]);
  const type = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => search(value.trim()), 300);
  };
  return <input class="field search" type="search" value={text} placeholder="Name or AS number" aria-label="Search networks by name or AS number" onInput={(e) => type(e.currentTarget.value)} />;
}

function Types({ of, at, choose }: { of: TypeName[]; at: string; choose: (type: string) => void }) {
  const theme = useTheme();
  return (
    <div class="type-filter" role="group" aria-label="Network type">
      <button type="button" aria-pressed={at === ""} onClick={() => choose("")}>All types</button>
      {of.map((t) => (
        <button key={t.type} type="button" aria-pressed={at === t.type} onClick={() => choose(at === t.type ? "" : t.type)}><i class="swatch" style={{ background: t[theme] }} />{t.name}</button>
      ))}
    </div>
  );
}

function Summary({ of: d, tab, type }: { of: Networks; tab: string; type: string }) {
  const what = tab === "unclassified" ? "No rule has a type for" : type ? "Of this type are" : "In all";
  return (
    <p class="lead under">
      {what} {bits(d.bits)}{d.share !== null && d.bits !== d.all && <>, {share(d.share)} of all traffic</>} in {d.range.name}: {number(d.rows.length + d.left)} network{d.rows.length + d.left === 1 ? "" : "s"}.
      {" "}Both directions, all regions. Nothing is suppressed here.
    </p>
  );
}

function WhyNot({ of: c }: { of: Catalogue }) {
  return <div class="remark"><div><p>{c.why}</p>{c.yaml && <Code text={c.yaml} label="Lines of tributary.yaml" />}</div></div>;
}

function Nothing({ asked }: { asked: Asked }) {
  if (asked.search || asked.type) return <Empty>No network matches. Traffic may be there under another name, type or time.</Empty>;
  if (asked.tab === "unclassified") return <Empty>Every network of this time has a type.</Empty>;
  return <Empty>There is no traffic in this time.</Empty>;
}

interface ListProps {
  of: Networks;
  asked: Asked;
  sort: (s: Sort) => void;
  classify?: (network: string, type: string) => void;
  types?: TypeName[];
  able?: boolean;
}

function List({ of: d, asked, sort, classify, types, able }: ListProps) {
  const top = Math.max(1, ...d.rows.map((r) => r.volume.value ?? 0));
  const columns: Column<NetworkRow>[] = [
    { name: "Network", cell: (r) => <><a href={networkPage(r.name, asked.range)}>{r.name}</a><Numbers of={r.numbers} name={r.name} /></>, by: (r) => r.name },
    ...(classify ? [] : [{ name: "Type", cell: (r: NetworkRow) => <TypeChip of={r.type} />, by: (r: NetworkRow) => r.type.name }]),
    { name: "Volume", about: "Bits of both directions", number: true, by: (r) => r.volume.value, cell: (r) => <span class="volume-cell"><Bar part={(r.volume.value ?? 0) / top} /><span class="amount">{bits(r.volume.value)}</span></span> },
    { name: "Share", about: "Of all traffic of this time", number: true, by: (r) => r.share, cell: (r) => share(r.share) },
    ...(classify ? [{ name: "Cumulative", about: "Share of this and the larger ones in all that is unclassified", number: true, by: (r: NetworkRow) => r.cumulative, cell: (r: NetworkRow) => share(r.cumulative) }] : []),
    { name: "Addresses", about: "Distinct remote addresses", number: true, by: (r) => r.addresses.value, cell: (r) => <span title={between(r.addresses, many)}>{many(r.addresses.value)}</span> },
    ...(classify ? [] : [{ name: "Rule", wide: true, cell: (r: NetworkRow) => <RuleWord of={r.rule} />, by: (r: NetworkRow) => r.rule.source }]),
    ...(classify ? [{ name: "Class as", wide: true, cell: (r: NetworkRow) => <Choice row={r} types={types ?? []} able={!!able} choose={(type) => classify(r.name, type)} /> }] : []),
  ];
  const column = asked.sort.replace(/^-/, "");
  const at = columns.some((c) => c.name === column) ? { column, down: asked.sort.startsWith("-") } : { column: "Volume", down: true };
  return <Table label={classify ? "Unclassified networks" : "Networks"} columns={columns} rows={d.rows} id={(r) => r.name} sort={at} onSort={sort} />;
}

// Numbers are the AS numbers, where the name does not say them.
function Numbers({ of, name }: { of: number[]; name: string }) {
  if (of.length === 0 || name === `AS${of[0]}`) return null;
  const shown = of.slice(0, 3).map((n) => `AS${n}`).join(", ");
  return <span class="quiet" title={of.map((n) => `AS${n}`).join(", ")}>{shown}{of.length > 3 && ` and ${of.length - 3} more`}</span>;
}

function Choice({ row, types, able, choose }: { row: NetworkRow; types: TypeName[]; able: boolean; choose: (type: string) => void }) {
  return (
    <select aria-label={`Class ${row.name} as`} disabled={!able} value="" onChange={(e) => { const t = e.currentTarget.value; e.currentTarget.value = ""; if (t) choose(t); }}>
      <option value="">Choose a type</option>
      {types.filter((t) => t.type !== "other").map((t) => <option key={t.type} value={t.type}>{t.name}</option>)}
    </select>
  );
}

// Files are those of the catalogue, in the order in which they are asked.
function Files({ of: c, editor, reload }: { of: Catalogue; editor: boolean; reload: () => void }) {
  const [busy, setBusy] = useState(false);
  const [why, setWhy] = useState("");
  const act = async () => {
    setBusy(true);
    setWhy("");
    try {
      const { change } = await import("../api");
      await change<Catalogue>("POST", "/api/v1/catalogue/reload");
      toast("The catalogue was read anew.");
      reload();
    } catch (e) {
      setWhy(e instanceof Error ? e.message : String(e));
    }
    setBusy(false);
  };
  const columns: Column<Catalogue["files"][number]>[] = [
    { name: "File", cell: (f) => <>{f.built_in ? "Built-in list" : <span class="mono">{f.name}</span>}{f.writes && <span class="quiet">the console writes here</span>}</> },
    { name: "AS entries", number: true, cell: (f) => number(f.networks) },
    { name: "Prefixes", number: true, cell: (f) => number(f.prefixes) },
    { name: "State", cell: (f) => (f.changed ? <em class="warn">changed since it was read</em> : "as it was read") },
  ];
  return (
    <Panel title="Catalogue" class="flush catalogue" aside={<button type="button" class="button small" disabled={!editor || busy} title={editor ? "" : "This needs the role editor."} onClick={act}>Read anew</button>}>
      <p class="lead">Asked in this order: the first file with a valid entry decides.</p>
      {why && <p class="wrong inset" role="alert">{why} Everything stays as it was.</p>}
      <Table label="Files of the catalogue" columns={columns} rows={c.files} id={(f) => f.name} />
    </Panel>
  );
}
