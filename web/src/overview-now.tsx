import { useEffect, useRef, useState } from "preact/hooks";
import type { Now } from "./api";
import { Moment, Panel } from "./parts/small";
import { bps, span } from "./text";
import { useTheme } from "./theme";

// explore is the address of a question on the page that asks anything.
export const explore = (question: Record<string, string>): string => "/explore?" + new URLSearchParams(question).toString();

// typed is a filter for one network type.
export const typed = (type: string, rest = ""): string => `type = ${type}${rest}`;

const clock = (t: Date): string => t.toISOString().slice(11, 16);

// NowPanel shows the last hour by network type: what arrived a few seconds ago is in it.
export function NowPanel({ now }: { now: Now | undefined }) {
  const theme = useTheme();
  const [picked, setPicked] = useState<number>();
  const slots = now?.slots ?? [];
  const at = picked !== undefined && picked < slots.length ? picked : undefined;
  const slot = at === undefined ? undefined : slots[at];
  const rateNow = slot ? slot.bps : now?.bps ?? null;
  const last = slots.slice(-2);
  const secondsNow = last.reduce((sum, s) => sum + s.seconds, 0);
  const ofType = (t: Now["types"][number]): number | null => {
    if (at !== undefined) return t.bps[at] ?? null;
    const bits = t.bits.slice(-2).reduce<number>((sum, b) => sum + (b ?? 0), 0);
    return secondsNow > 0 ? bits / secondsNow : null;
  };
  return (
    <Panel
      title={now && !now.live && now.to ? "The newest hour" : "The last hour"} id="now" class="w8 hours"
      aside={<a href={explore({ measure: "rate", by: "type", range: "6h", step: "5m", form: "area" })} aria-label="Explore: the last hours by network type">Explore</a>}
    >
      <div class="hour">
        <Strip now={now} picked={at} pick={setPicked} />
        <aside aria-label="Rates">
          <div class="rate">{rateNow === null ? "\u2013" : bps(rateNow)}</div>
          <p>
            {slot ? <>{clock(new Date(slot.start))} to {clock(new Date(+new Date(slot.start) + 300_000))} UTC{slot.open && <>, open: its first {span(slot.seconds * 1000)}</>}</>
              : now?.to ? <>{now.live ? <><span class="pulse" aria-hidden="true" />Now: the last {span(secondsNow * 1000)} to </> : <>The data end here: the last {span(secondsNow * 1000)} to </>}<Moment at={now.to} seconds={now.live} /></>
              : "Nothing has arrived yet."}
          </p>
          <ul class="key">
            {[...(now?.types ?? [])].reverse().map((t) => {
              const v = ofType(t);
              return (
                <li key={t.network_type}>
                  <i class="swatch" style={{ background: t[theme] }} />
                  <a href={explore({ measure: "rate", by: "network", where: typed(t.network_type), range: "6h" })}>{t.name}</a>
                  <span>{v === null ? "\u2013" : bps(v)}</span>
                </li>
              );
            })}
          </ul>
        </aside>
      </div>
      <Hours now={now} />
    </Panel>
  );
}

// Strip is the stacked rates of the slots, each as wide as the seconds that it has had.
function Strip({ now, picked, pick }: { now: Now | undefined; picked: number | undefined; pick: (i: number | undefined) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [{ width, height }, setSize] = useState({ width: 0, height: 0 });
  const theme = useTheme();
  useEffect(() => {
    const measure = () => box.current && setSize({ width: box.current.clientWidth, height: box.current.clientHeight });
    measure();
    const watch = new ResizeObserver(measure);
    if (box.current) watch.observe(box.current); // else the page was left before this ran
    return () => watch.disconnect();
  }, []);
  const slots = now?.slots ?? [];
  if (!now || slots.length === 0 || width === 0) {
    return <div class="strip" ref={box}>{!now && <div class="blank" role="status"><span class="unseen">Loading the last hour</span></div>}</div>;
  }
  const m = { left: 62, right: 6, top: 8, bottom: 22 };
  const from = +new Date(slots[0]!.start), to = from + slots.length * 300_000;
  const x = (ms: number) => m.left + ((ms - from) / (to - from)) * (width - m.left - m.right);
  const top = scale(Math.max(1, ...slots.map((s) => s.bps ?? 0)));
  const y = (v: number) => height - m.bottom - (v / top.end) * (height - m.top - m.bottom);
  const ends = (i: number): [number, number] => {
    const start = +new Date(slots[i]!.start);
    return [x(start), x(start + slots[i]!.seconds * 1000)];
  };
  const base = slots.map(() => 0);
  const bands = now.types.map((t) => ({
    t,
    rects: t.bps.map((v, i) => {
      const low = base[i]!;
      base[i] = low + (v ?? 0);
      const [a, b] = ends(i);
      return { x: a, w: Math.max(0, b - a), y: y(base[i]!), h: Math.max(0, y(low) - y(base[i]!)), open: slots[i]!.open };
    }),
  }));
  const every = width < 420 ? 4 : 2;
  const here = picked ?? slots.length - 1;
  const move = (e: KeyboardEvent) => {
    const next = e.key === "ArrowRight" || e.key === "ArrowUp" ? here + 1 : e.key === "ArrowLeft" || e.key === "ArrowDown" ? here - 1 : e.key === "Home" ? 0 : e.key === "End" ? slots.length - 1 : -1;
    if (e.key === "Escape") pick(undefined);
    if (next < 0 || next >= slots.length) return;
    e.preventDefault();
    pick(next);
  };
  const point = (e: MouseEvent) => {
    const i = Math.floor(((e.clientX - box.current!.getBoundingClientRect().left - m.left) / (width - m.left - m.right)) * slots.length);
    pick(i >= 0 && i < slots.length ? i : undefined);
  };
  const mark = picked === undefined ? undefined : +new Date(slots[here]!.start);
  return (
    <div
      class="strip" ref={box} role="slider" tabIndex={0} aria-label="Slot of the last hour" aria-valuemin={1} aria-valuemax={slots.length} aria-valuenow={here + 1}
      aria-valuetext={said(slots[here]!)} onKeyDown={move} onFocus={() => pick(here)} onBlur={() => pick(undefined)} onMouseMove={point} onMouseLeave={() => pick(undefined)}
    >
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        <g class="grid">
          {top.ticks.map((v) => (
            <g key={v}><line x1={m.left} x2={width - m.right} y1={y(v)} y2={y(v)} /><text x={m.left - 8} y={y(v) + 4} text-anchor="end">{v === 0 ? "0" : bps(v)}</text></g>
          ))}
          {slots.map((s, i) => i % every === 0 && <text key={s.start} x={x(+new Date(s.start))} y={height - 6} text-anchor={i === 0 ? "start" : "middle"}>{clock(new Date(s.start))}</text>)}
        </g>
        {bands.map(({ t, rects }) => (
          <g key={t.network_type} fill={t[theme]}>
            {rects.map((r, i) => <rect key={i} class={r.open ? "open" : ""} x={r.x} y={r.y} width={r.w + (r.open ? 0 : 0.5)} height={r.h} />)}
          </g>
        ))}
        {mark !== undefined && <rect class="pick" x={x(mark)} y={m.top} width={x(mark + 300_000) - x(mark)} height={height - m.top - m.bottom} />}
      </svg>
    </div>
  );
}

// said is a slot as it is read aloud.
const said = (s: Now["slots"][number]): string => `${clock(new Date(s.start))} UTC: ${s.bps === null ? "nothing yet" : bps(s.bps)}${s.open ? ", still open" : ""}`;

// scale is an axis from 0 to a little above the largest value, with three to five round ticks.
function scale(largest: number): { end: number; ticks: number[] } {
  const power = 10 ** Math.floor(Math.log10(largest));
  const step = [0.2, 0.25, 0.5, 1, 2, 2.5].map((f) => f * power).find((s) => largest / s <= 4.5) ?? 5 * power;
  const n = Math.max(1, Math.ceil(largest / step));
  return { end: Math.max(largest * 1.02, n * step), ticks: Array.from({ length: n + 1 }, (_, i) => i * step) };
}

// Hours is the table behind the strip.
function Hours({ now }: { now: Now | undefined }) {
  if (!now) return <details class="numbers"><summary>The numbers</summary></details>;
  const types = [...now.types].reverse();
  return (
    <details class="numbers">
      <summary>The numbers</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Numbers of the last hour">
        <table>
          <thead><tr><th scope="col">Slot, UTC</th>{types.map((t) => <th key={t.network_type} scope="col" class="n">{t.name}</th>)}<th scope="col" class="n">Total</th></tr></thead>
          <tbody>
            {now.slots.map((s, i) => (
              <tr key={s.start}>
                <th scope="row">{clock(new Date(s.start))}{s.open && " (open)"}</th>
                {types.map((t) => <td key={t.network_type} class="n">{t.bps[i] == null ? "\u2013" : bps(t.bps[i]!)}</td>)}
                <td class="n">{s.bps === null ? "\u2013" : bps(s.bps)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
