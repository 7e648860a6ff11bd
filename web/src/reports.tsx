import { useEffect, useRef, useState } from "preact/hooks";
import { type Build, type Building, type Built, change, type Report, type Reports } from "./api";
import { Confirm } from "./parts/dialog";
import { Code, Mark, Moment, Panel, Path } from "./parts/small";
import { Empty, ErrorBox, Progress, Skeleton } from "./parts/states";
import { toast } from "./parts/toast";
import { useResource } from "./resource";
import "./reports.css";
import { useSession } from "./session";
import { bytes, counted, percent, span } from "./text";

// ReportsPage lists the reports that were built, builds one, and hands out the dataset.
export function ReportsPage() {
  const [asked, setAsked] = useState(0); // grows where something was changed here
  const building = useBuilding(asked);
  const list = useResource<Reports>(`/api/v1/reports${asked || building.turn ? `#${asked}.${building.turn}` : ""}`, 30);
  const known = useRef<Reports | undefined>(undefined); // stays while the list is asked for anew
  if (list.data) known.current = list.data;
  const data = known.current;
  const editor = useSession()?.role === "editor";
  const changed = () => setAsked((n) => n + 1);
  return (
    <>
      <h1>Reports</h1>
      {list.error && <ErrorBox what="The list of reports is missing." why={list.error} since={list.since} />}
      {!data ? !list.error && <Skeleton what="the list of reports" height="12rem" rows={2} /> : (
        <>
          <div class="two">
            <BuildPanel data={data} building={building.data} editor={editor} changed={changed} />
            <DatasetPanel data={data} />
          </div>
          {data.reports.length === 0 && <Empty>No report has been built yet. A report needs a month, quarter or year with data, and takes some seconds; over a large store, minutes.</Empty>}
          <ul class="reports">{data.reports.map((r) => <ReportCard key={r.name} r={r} editor={editor} changed={changed} />)}</ul>
        </>
      )}
    </>
  );
}

// useBuilding is what is being built, asked for every second while something is. turn grows when a
// build has ended.
function useBuilding(asked: number): { data: Building | undefined; turn: number } {
  const [fast, setFast] = useState(false);
  const [turn, setTurn] = useState(0);
  const last = useRef<string | undefined>(undefined);
  const { data } = useResource<Building>(`/api/v1/reports/building${asked ? `#${asked}` : ""}`, fast ? 1 : 10);
  const shown = useRef<Building | undefined>(undefined);
  if (data) shown.current = data;
  useEffect(() => {
    if (!data) return;
    setFast(data.builds.length > 0);
    const ended = data.ended[0];
    const is = ended ? ended.period + ended.ended : "";
    if (last.current !== undefined && last.current !== is && ended) {
      setTurn((n) => n + 1);
      if (ended.state === "built") toast(`The report of ${ended.period} is built.`, "ok", `/reports/${encodeURIComponent(ended.period)}/`);
      if (ended.state === "failed") toast(`The report of ${ended.period} was not built.`, "bad");
    }
    last.current = is;
  }, [data]);
  return { data: shown.current, turn };
}

const kinds = { year: "Years", quarter: "Quarters", month: "Months" } as const;

// Periods are the choices of a select, by kind.
function Periods({ of }: { of: Reports["periods"] }) {
  return (
    <>
      {(["quarter", "month", "year"] as const).map((k) => (
        <optgroup key={k} label={kinds[k]}>
          {of.filter((p) => p.kind === k).map((p) => <option key={p.name} value={p.name}>{p.name}{p.whole ? "" : " (not whole)"}</option>)}
        </optgroup>
      ))}
    </>
  );
}

// first is the period that is offered: the last whole quarter, else the last whole month, else what there is.
const first = (of: Reports["periods"]): string =>
  (of.find((p) => p.kind === "quarter" && p.whole) ?? of.find((p) => p.kind === "month" && p.whole) ?? of.find((p) => p.kind === "month"))?.name ?? "";

function BuildPanel({ data, building, editor, changed }: { data: Reports; building: Building | undefined; editor: boolean; changed: () => void }) {
  const [chosen, setPeriod] = useState("");
  const [why, setWhy] = useState("");
  const period = chosen || first(data.periods);
  const full = (building?.builds.length ?? 0) >= 2;
  const build = async (e: Event) => {
    e.preventDefault();
    setWhy("");
    try {
      await change<Build>("POST", "/api/v1/reports", { period });
    } catch (e) {
      setWhy(e instanceof Error ? e.message : String(e));
    }
    changed();
  };
  const replaces = data.reports.some((r) => r.name === period);
  return (
    <Panel title="Build a report">
      {data.periods.length === 0 ? <p class="lead">There is no data yet: the first slot is kept when its five minutes are over.</p> : (
        <>
          <p class="lead">It is built here, in the running process, and goes on when you leave this page. Over a large store it takes minutes, and 1 to 2 GB of memory.</p>
          {editor && (
            <form class="build-form" onSubmit={build}>
              <label class="labelled"><span>Period</span>
                <select class="field" value={period} onChange={(e) => setPeriod(e.currentTarget.value)}><Periods of={data.periods} /></select>
              </label>
              <button type="submit" class="button primary" disabled={full}>{replaces ? "Build anew" : "Build"}</button>
              {replaces && <span class="quiet">The one there is stays until the new one is whole.</span>}
            </form>
          )}
          {why && <p class="wrong" role="alert"><Mark level="bad" /> {why}</p>}
        </>
      )}
      {building && (building.builds.length > 0 || building.ended.length > 0) && (
        <ul class="builds" aria-label="Builds">
          {building.builds.map((b) => <Running key={b.period + b.asked} b={b} editor={editor} changed={changed} />)}
          {building.ended.slice(0, 3).map((b) => <Ended key={b.period + b.ended} b={b} there={data.reports.some((r) => r.name === b.period)} />)}
        </ul>
      )}
      <details class="numbers">
        <summary>By command</summary>
        <p class="hint">Makes the same bytes. What lies in <Path path={data.folder} /> is listed here.</p>
        <Code text={data.command} label="command that builds a report" />
      </details>
    </Panel>
  );
}

function Running({ b, editor, changed }: { b: Build; editor: boolean; changed: () => void }) {
  const cancel = async () => {
    try {
      await change("DELETE", `/api/v1/reports/building/${encodeURIComponent(b.period)}`);
    } catch (e) {
      toast(e instanceof Error ? e.message : String(e), "bad");
    }
    changed();
  };
  return (
    <li class="running">
      <span><strong>{b.period}</strong> <span class="quiet" aria-live="polite">{b.waiting ? "waits for its turn" : `${b.step || "begins"}, ${percent(Math.round(100 * b.done) / 100)}`}</span></span>
      {editor && <button type="button" class="button small" onClick={cancel}>Cancel<span class="unseen"> the report of {b.period}</span></button>}
      <Progress of={b.waiting ? 0 : b.done} label={`How far the report of ${b.period} is`} />
    </li>
  );
}

// Ended says how a build ended; there is whether its report is still there to open.
function Ended({ b, there }: { b: Built; there: boolean }) {
  const words = { built: "built", cancelled: "cancelled", failed: "not built" };
  return (
    <li>
      <span class="how">
        <Mark level={b.state === "built" ? "ok" : b.state === "failed" ? "bad" : "info"} />
        <span>
          {b.state === "built" && there ? <a href={`/reports/${encodeURIComponent(b.period)}/`}>{b.period}</a> : <strong>{b.period}</strong>} {words[b.state]}{" "}
          <span class="quiet">at <Moment at={b.ended} /> after {span(1000 * b.seconds)}{b.by && b.by !== "local" && `, for ${b.by}`}</span>
          {b.problem && <><br />{b.problem}</>}
        </span>
      </span>
      {b.failures.length > 0 && <ul class="failures">{b.failures.map((f) => <li key={f}>{f}</li>)}</ul>}
    </li>
  );
}

// DatasetPanel hands out the dataset of a period, as the command writes it.
function DatasetPanel({ data }: { data: Reports }) {
  const [chosen, setPeriod] = useState("");
  const [whole, setWhole] = useState(false);
  const period = chosen || first(data.periods);
  if (data.periods.length === 0) return null;
  const at = (format: string) => `/api/v1/dataset?period=${encodeURIComponent(period)}&format=${format}${whole ? "&unsuppressed=true" : ""}`;
  return (
    <Panel title="Dataset">
      <p class="lead">A row for each month, region, network type, direction and IP version, with every measure: the numbers behind the report, as it is published.</p>
      <div class="build-form">
        <label class="labelled"><span>Months of</span>
          <select class="field" value={period} onChange={(e) => setPeriod(e.currentTarget.value)}><Periods of={data.periods} /></select>
        </label>
        <a class="button" href={at("csv")} download>CSV</a>
        <a class="button" href={at("json")} download>JSON</a>
        <a class="button" href={at("parquet")} download>Parquet</a>
      </div>
      <label class="check hint"><input type="checkbox" checked={whole} onChange={(e) => setWhole(e.currentTarget.checked)} /> Also what publication hides: for your own use only</label>
      <p class="hint">By command: <code>tributary dataset {period}{whole && " --unsuppressed"}</code> writes the same bytes. <a href="/manual/reference/dataset">What the columns mean</a></p>
    </Panel>
  );
}

const downloads: [string, string][] = [
  ["dataset.csv", "Dataset (CSV)"],
  ["dataset.parquet", "Dataset (Parquet)"],
  ["report.json", "Every number (JSON)"],
];

function ReportCard({ r, editor, changed }: { r: Report; editor: boolean; changed: () => void }) {
  const [asking, setAsking] = useState(false);
  const base = `/reports/${encodeURIComponent(r.name)}/`;
  const figures = r.files.filter((f) => f.path.startsWith("figures/") && f.path.endsWith(".svg")).length;
  const size = (path: string) => r.files.find((f) => f.path === path)?.bytes;
  const remove = async () => {
    await change("DELETE", `/api/v1/reports/${encodeURIComponent(r.name)}`);
    toast(`The report ${r.name} is deleted.`);
    changed();
  };
  return (
    <li>
      {r.preview && <a class="preview" href={base} tabIndex={-1} aria-hidden="true"><img src={`${base}${r.preview}?${Date.parse(r.built)}`} alt="" loading="lazy" /></a>}
      <div class="about">
        <h2><a href={base}>{r.name}</a></h2>
        <p class="quiet">Built <Moment at={r.built} /> · {counted(figures, "figure")} · {bytes(r.bytes)}</p>
        <ul class="links">
          {downloads.filter(([path]) => size(path) !== undefined).map(([path, label]) => (
            <li key={path}><a href={base + path} download={`${r.name}-${path}`}>{label}</a> <span class="quiet">{bytes(size(path)!)}</span></li>
          ))}
        </ul>
        <div class="acts">
          <a class="button small" href={`/api/v1/reports/${encodeURIComponent(r.name)}/zip`} download>All files (ZIP)</a>
          {editor && <button type="button" class="button small danger" onClick={() => setAsking(true)}>Delete<span class="unseen"> the report {r.name}</span></button>}
        </div>
      </div>
      {asking && (
        <Confirm title={`Delete the report ${r.name}?`} yes="Delete it" act={remove} close={() => setAsking(false)}>
          <p>Its folder goes, with {counted(r.files.length, "file")}. It can be built again for as long as the store has the period.</p>
        </Confirm>
      )}
    </li>
  );
}
