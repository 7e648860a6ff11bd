// The answer as numbers: sortable, exact on hover and in data-value.
import { useState } from "preact/hooks";
import { Wide } from "../parts/small";
import { percent } from "../text";
import { useTheme } from "../theme";
import { drawnColours, looks } from "./chart/look";
import { drill, titleOf } from "./drill";
import { type Asked, pageOf } from "./question";
import { stepName } from "./range";
import { bounds, change, errorText, exact, ofTotal, short } from "./values";
import type { Answer, Row } from "./wire";

interface TableProps {
  answer: Answer;
  asked: Asked;
  steps: boolean; // a column for each step too
  menu: (row: Row, at: { x: number; y: number }) => void;
}

interface Order {
  by: string; // "value", "before", "change", "key-0", "step-3"
  down: boolean;
}

const most = 400; // columns of steps: more cannot be read, and CSV has them

function sorter(order: Order): ((r: Row) => number | string | null) | undefined {
  const [what, n] = order.by.split("-");
  switch (what) {
    case "key": return (r) => r.keys![Number(n)]!.name.toLowerCase();
    case "before": return (r) => r.whole_before?.value ?? null;
    case "change": return (r) => (r.whole.value !== null && r.whole_before?.value ? r.whole.value / r.whole_before.value : null);
    case "step": return (r) => r.values[Number(n)] ?? null;
    case "value": return (r) => r.whole.value;
  }
  return undefined;
}

function sorted(rows: Row[], order: Order): Row[] {
  const of = sorter(order);
  if (!of) return rows;
  const sign = order.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [of(a), of(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1; // what is not known comes last
    return sign * (x < y ? -1 : x > y ? 1 : 0);
  });
}

export function Table({ answer: a, asked, steps, menu }: TableProps) {
  const [order, setOrder] = useState<Order>({ by: "value", down: true });
  const theme = useTheme();
  const by = a.question.by ?? [];
  const rows = a.rows ?? [];
  const tint = drawnColours(a, theme, asked.form);
  const colour = new Map(rows.map((r, i) => [r, tint[i]!]));
  const times = steps && a.times.length > 1 ? a.times.slice(0, most) : [];
  const compared = a.total.whole_before !== null;
  const shares = a.additive && a.question.measure !== "share" && by.length > 0;
  const head = (name: string, key: string, numeric: boolean, title?: string) => (
    <th key={key} scope="col" title={title} class={numeric ? "n" : ""} aria-sort={order.by === key ? (order.down ? "descending" : "ascending") : "none"}>
      <button type="button" onClick={() => setOrder({ by: key, down: order.by === key ? !order.down : numeric })}>{name}<i aria-hidden="true">{order.by === key ? (order.down ? "↓" : "↑") : ""}</i></button>
    </th>
  );
  const widest = Math.max(...rows.map((r) => ofTotal(r.whole.value, a.total.whole.value, a.additive) ?? 0), 0.001);
  const line = { a, shares, compared, times, widest };
  return (
    <Wide label="The answer as a table">
      <table class="answer-table">
        <thead>
          <tr>
            {by.map((d, i) => head(titleOf(d).replace(/^./, (c) => c.toUpperCase()), `key-${i}`, false))}
            {by.length === 0 && <th scope="col">Of</th>}
            {head(valueTitle(a), "value", true)}
            {shares && <th scope="col" class="share">Of the total</th>}
            {compared && head("Before", "before", true, a.previous?.name)}
            {compared && head("Change", "change", true)}
            {times.map((t, i) => head(stepName(a.step, t), `step-${i}`, true))}
            {by.length > 0 && <th scope="col"><span class="unseen">What can be done</span></th>}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, order).map((r) => (
            <tr key={r.keys!.map((k) => k.value).join("\n")} data-keys={r.keys!.map((k) => k.value).join("|")}>
              {r.keys!.map((k, i) => {
                const step = drill(asked, r.keys!, i);
                return (
                  <th key={i} scope="row">
                    {i === 0 && <i class="swatch" ref={(e) => { if (e) e.style.background = colour.get(r)!; }} />}
                    <a href={step.page ?? pageOf(step.asked!)} title={step.label}>{k.name}</a>
                  </th>
                );
              })}
              <Numbers r={r} {...line} />
              {by.length > 0 && (
                <td class="act">
                  <button type="button" class="dots" aria-haspopup="menu" aria-label={`What can be done with ${r.keys!.map((k) => k.name).join(", ")}`} onClick={(e) => {
                    const b = e.currentTarget.getBoundingClientRect();
                    menu(r, { x: b.right - 200, y: b.bottom + 2 });
                  }}>⋯</button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
        <tfoot>
          {a.others && <Sum name={`${a.left.toLocaleString("en-US")} others`} keys={by.length} of="others" r={a.others} colour={looks[theme].others} {...line} />}
          <Sum name="Total" keys={by.length} of="total" r={a.total} {...line} />
        </tfoot>
      </table>
    </Wide>
  );
}

function valueTitle(a: Answer): string {
  const of: Record<string, string> = {
    volume: "Volume", rate: "Average rate", p95: "95th percentile", max: "Maximum", uniqueness: "Addresses", magnitude: "Per address",
    share: "Share", networks: "Networks", persistence: "Seen before",
  };
  return of[a.question.measure] ?? "Value";
}

interface Line {
  a: Answer;
  shares: boolean;
  widest: number; // share of the total: what the longest bar is
  compared: boolean;
  times: string[];
}

function Sum({ name, keys, of, r, colour, ...line }: Line & { name: string; keys: number; of: string; r: Row; colour?: string }) {
  return (
    <tr data-keys="" data-sum={of}>
      <th scope="row" colSpan={Math.max(1, keys)}>{colour && <i class="swatch" ref={(e) => { if (e) e.style.background = colour; }} />}{name}</th>
      <Numbers r={r} {...line} />
      {keys > 0 && <td />}
    </tr>
  );
}

const raw = (v: number | null | undefined) => (v === null || v === undefined ? "" : String(v));

function Numbers({ r, a, shares, widest, compared, times }: Line & { r: Row }) {
  const share = ofTotal(r.whole.value, a.total.whole.value, a.additive);
  const b = bounds(r.whole, a.unit);
  const title = [exact(r.whole.value, a.unit), r.whole.low !== null ? `Bounds of two standard deviations: ${exact(r.whole.low, a.unit)} to ${exact(r.whole.high, a.unit)}` : "", r.whole.error !== null ? `Sampling error, 95 %: ±${errorText(r.whole.error)}` : ""];
  return (
    <>
      <td class="n value" data-value={raw(r.whole.value)} data-low={raw(r.whole.low)} data-high={raw(r.whole.high)} data-error={raw(r.whole.error)} title={title.filter(Boolean).join("\n")}>
        {short(r.whole.value, a.unit)}{b && <small>{b}</small>}
      </td>
      {shares && <td class="share">{share !== null && <>{r.keys?.length ? <meter min={0} max={widest} value={share} aria-label="Share of the total" /> : null}<span>{percent(share)}</span></>}</td>}
      {compared && <td class="n" data-before={raw(r.whole_before?.value)} title={exact(r.whole_before?.value, a.unit)}>{short(r.whole_before?.value, a.unit)}</td>}
      {compared && <td class="n change">{change(r.whole.value, r.whole_before?.value, a.unit)}</td>}
      {times.map((t, i) => <td key={t} class="n" data-step={t} data-value={raw(r.values[i])} title={exact(r.values[i], a.unit)}>{short(r.values[i], a.unit)}</td>)}
    </>
  );
}
