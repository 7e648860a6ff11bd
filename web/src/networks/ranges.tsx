import { useResource } from "../resource";

interface Fields {
  extent: { from: string | null; to: string | null; months: string[] };
}

// Ranges chooses the range of time: the months and quarters that there is data of.
export function Ranges({ at, known, choose }: { at: string; known: string; choose: (range: string) => void }) {
  const { data } = useResource<Fields>("/api/v1/explore/fields");
  const months = [...(data?.extent.months ?? [])].reverse();
  const quarters = [...new Set(months.map(quarterOf))];
  const value = at || known;
  const offered = new Set(["24h", "7d", ...months, ...quarters]);
  return (
    <label class="choose">
      <span>Time</span>
      <select value={value} onChange={(e) => choose(e.currentTarget.value)}>
        {!offered.has(value) && <option value={value}>{value.replace("..", " to ") || "…"}</option>}
        <optgroup label="Up to now"><option value="24h">last 24 hours</option><option value="7d">last 7 days</option></optgroup>
        <optgroup label="Months">{months.map((m) => <option key={m} value={m}>{m}</option>)}</optgroup>
        <optgroup label="Quarters">{quarters.map((q) => <option key={q} value={q}>{q}</option>)}</optgroup>
      </select>
    </label>
  );
}

const quarterOf = (month: string): string => `${month.slice(0, 4)}Q${Math.ceil(Number(month.slice(5)) / 3)}`;
