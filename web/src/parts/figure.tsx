import { useEffect, useRef, useState } from "preact/hooks";
import type { Figure } from "../api";
import { useResource } from "../resource";
import { useTheme } from "../theme";
import { Panel, Trouble } from "./small";

// heights are what figures will probably be high, so that nothing jumps when they come: at the widths of a
// phone and wider, for four regions.
const heights: Record<string, [number, number]> = { volume: [520, 560], flow: [520, 560] };
const heightOf = (name: string, width: number): number => {
  if (name === "volume" && width < 450) return 330;
  const [narrow, wide] = heights[name] ?? [width < 350 ? 719 : 615, 369];
  return width < 600 ? narrow : wide;
};

// Chart shows a figure of the API at the width that there is. Options are laid out for their width, so
// a figure is asked for again when the width or the theme changes; until it comes the old one stays, as
// far as it fits. An empty month is not known yet.
export function Chart({ name, title, month, class: c, explore }: { name: string; title: string; month: string; class?: string; explore: string }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const theme = useTheme();
  const path = width && month ? `/api/v1/figures/${name}?month=${month}&width=${width}&theme=${theme}` : "";
  const { data, error } = useResource<Figure>(path, 300);
  const [shown, setShown] = useState<Figure>();
  useEffect(() => {
    if (data) setShown(data);
  }, [data]);
  useEffect(() => {
    if (box.current) box.current.style.minHeight = `${shown?.width === width ? shown.height : heightOf(name, width || 900)}px`;
  }, [shown, width]);
  const id = "figure-" + name;
  const fits = shown && (width === 0 || shown.width <= width + 10);
  return (
    <Panel title={shown?.title ?? title} id={id} class={`figure ${c ?? ""}`} aside={<a href={explore} aria-label={`Explore: ${title}`}>Explore</a>}>
      <p class="caption">{shown?.caption ?? "\u00a0"}</p>
      {error && <Trouble what={shown ? "This figure is old." : "This figure is missing."} why={error} />}
      <div class="plot" ref={box}>
        {fits ? <Drawing figure={shown} /> : !error && <div class="blank" role="status"><span class="unseen">Loading a figure</span></div>}
      </div>
      {shown && <Numbers figure={shown} />}
    </Panel>
  );
}

function Drawing({ figure }: { figure: Figure }) {
  const element = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    let gone = false;
    let clear = () => {};
    void import("../charts").then(({ draw }) => {
      if (!gone && element.current) clear = draw(element.current, figure, theme);
    });
    return () => {
      gone = true;
      clear();
    };
  }, [figure]);
  return <div ref={element} class="drawing" role="img" aria-label={`${figure.title}. ${figure.caption} The numbers stand below.`} />;
}

// Numbers is the table behind a figure.
function Numbers({ figure: f }: { figure: Figure }) {
  return (
    <details class="numbers">
      <summary>The numbers</summary>
      <div class="scroll" tabIndex={0} role="group" aria-label={`Numbers of ${f.title}`}>
        <table>
          <thead><tr>{f.table.columns.map((c, i) => <th key={c} scope="col" class={i ? "n" : ""}>{c}</th>)}</tr></thead>
          <tbody>
            {f.table.rows.map((row) => (
              <tr key={row[0]}>{row.map((x, i) => (i ? <td key={i} class="n">{x}</td> : <th key={i} scope="row">{x}</th>))}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

// useWidth is the width of an element in steps of 10 pixels, settled for a moment; 0 before it is known.
function useWidth(ref: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return; // the page was left before this ran
    const measure = () => {
      const w = Math.floor(element.clientWidth / 10) * 10;
      setWidth(Math.min(2400, Math.max(280, w)));
    };
    measure();
    let timer = 0;
    const observer = new ResizeObserver(() => {
      clearTimeout(timer);
      timer = window.setTimeout(measure, 150);
    });
    observer.observe(element);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, []);
  return width;
}
