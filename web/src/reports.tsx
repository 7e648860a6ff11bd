import type { Report, Reports } from "./api";
import { Code, Moment, Panel, Path, Trouble, Wait } from "./parts/small";
import { useResource } from "./resource";
import { bytes, counted } from "./text";

// ReportsPage lists the reports that were built, and says how one is.
export function ReportsPage() {
  const { data, error, since } = useResource<Reports>("/api/v1/reports", 30);
  return (
    <>
      <h1>Reports</h1>
      {error && <Trouble what="The list of reports is missing." why={error} since={since} />}
      {!data ? !error && <Wait what="the list of reports" /> : (
        <>
          {data.reports.length === 0 && <p class="empty">No report has been built yet. A report needs a month, quarter or year with data, and takes some seconds.</p>}
          <ul class="reports">{data.reports.map((r) => <ReportCard key={r.name} r={r} />)}</ul>
          <Panel title="Build a report">
            <p class="lead">
              The command asks the running process by itself. The period is a month (2025-10), a quarter (2025Q4) or a year (2025); the same store gives
              the same bytes. What lies in <Path path={data.folder} /> is listed here.
            </p>
            <Code text={data.command} label="command that builds a report" />
          </Panel>
        </>
      )}
    </>
  );
}

const downloads: [string, string][] = [
  ["dataset.csv", "Dataset (CSV)"],
  ["dataset.parquet", "Dataset (Parquet)"],
  ["report.json", "Every number (JSON)"],
];

function ReportCard({ r }: { r: Report }) {
  const base = `/reports/${encodeURIComponent(r.name)}/`;
  const figures = r.files.filter((f) => f.path.startsWith("figures/") && f.path.endsWith(".svg")).length;
  const size = (path: string) => r.files.find((f) => f.path === path)?.bytes;
  return (
    <li>
      <h2><a href={base}>{r.name}</a></h2>
      <p class="quiet">Built <Moment at={r.built} /> · {counted(figures, "figure")} · {bytes(r.bytes)}</p>
      <ul class="links">
        {downloads.filter(([path]) => size(path) !== undefined).map(([path, label]) => (
          <li key={path}><a href={base + path} download={`${r.name}-${path}`}>{label}</a> <span class="quiet">{bytes(size(path)!)}</span></li>
        ))}
      </ul>
    </li>
  );
}
