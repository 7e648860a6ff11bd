import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../router";
import { useTheme } from "../theme";

// Point is a month's value, with its bounds where it has any.
export interface Point {
  month: string;
  value: number | null;
  low: number | null;
  high: number | null;
}

interface CourseProps {
  title: string;
  unit: string;
  points: Point[];
  write: (v: number) => string;
  top?: number; // of the scale; else the largest round number needed
  href?: (month: string) => string;
  colour?: { light: string; dark: string };
}

const H = 176, left = 58, right = 6, above = 10, below = 34; // pixels

// Course shows a measure by month, as columns from zero with their bounds. The numbers are in the page's
// table, and on hover; a click leads to the month, as the table's links do.
export function Course({ title, unit, points, write, top: fixed, href, colour }: CourseProps) {
  const theme = useTheme();
  const box = useRef<HTMLElement>(null);
  const W = useWidth(box);
  const most = Math.max(0, ...points.map((p) => p.high ?? p.value ?? 0));
  const step = fixed ? fixed / 4 : round(most / 4);
  const top = fixed ?? (most > 0 ? Math.ceil(most / step - 1e-9) * step : 1);
  const each = (W - left - right) / Math.max(1, points.length);
  const y = (v: number) => above + (H - above - below) * (1 - v / top);
  const ticks = most > 0 || fixed ? Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step) : [0];
  const every = Math.ceil(points.length / Math.max(1, Math.floor((W - left) / 20)));
  return (
    <figure class="course" ref={box}>
      <figcaption>{title} <span class="quiet">{unit}</span></figcaption>
      <svg viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`${title} by month. The numbers stand in the table below.`}>
        {ticks.map((t) => <g key={t}><path class="grid" d={`M${left} ${y(t)}H${W - right}`} /><text class="tick" x={left - 6} y={y(t) + 3.5}>{write(t)}</text></g>)}
        {points.map((p, i) => {
          const x = left + i * each, w = Math.min(26, each * 0.62), mid = x + each / 2;
          return (
            <g key={p.month} class={href ? "month-of" : ""} onClick={() => href && go(href(p.month))}>
              <title>{`${p.month}: ${said(p, write)}`}</title>
              <rect class="hit" x={x} y={above} width={each} height={H - above - below} />
              {p.value !== null && <rect class="column" x={mid - w / 2} y={y(p.value)} width={w} height={Math.max(0, y(0) - y(p.value))} style={colour ? { fill: colour[theme] } : {}} />}
              {p.low !== null && p.high !== null && p.high > p.low && <path class="whisker" d={`M${mid} ${y(p.low)}V${y(p.high)}M${mid - 4} ${y(p.low)}h8M${mid - 4} ${y(p.high)}h8`} />}
              {p.value === null && <text class="none" x={mid} y={y(0) - 5}>–</text>}
              {i % every === 0 && <text class="month" x={mid} y={H - below + 14}>{p.month.slice(5)}</text>}
              {(i === 0 || p.month.endsWith("-01")) && <text class="month year" x={mid} y={H - below + 28}>{p.month.slice(0, 4)}</text>}
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

// useWidth is the width of an element, so that letters are as large as elsewhere.
function useWidth(ref: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(360);
  useEffect(() => {
    const element = ref.current!;
    const measure = () => setWidth(Math.max(240, Math.floor(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

function said(p: Point, write: (v: number) => string): string {
  if (p.value === null) return "not known";
  return write(p.value) + (p.low !== null && p.high !== null && p.high > p.low ? ` (${write(p.low)} to ${write(p.high)})` : "");
}

// round is the next of 1, 2, 2.5 and 5 times a power of ten.
function round(v: number): number {
  if (v <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(v));
  return [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => s >= v - 1e-12) ?? 10 * power;
}
