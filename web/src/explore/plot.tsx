// The chart: drawn by ECharts, marked to zoom, clicked to go deeper.
import type { EChartsType } from "echarts/core";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useTheme } from "../theme";
import { build, fitting } from "./chart/build";
import type { Chart, Target } from "./chart/draw";
import { colours, looks, nameOf, tintedTypes } from "./chart/look";
import { leastPositive } from "./chart/time";
import type { Asked, Form } from "./question";
import { zoomed } from "./range";
import { short } from "./values";
import type { Answer } from "./wire";

interface PlotProps {
  answer: Answer;
  asked: Asked;
  title: string;
  pick: (t: Target, exclude: boolean) => void;
  zoom: (range: string) => void;
  widen: () => void;
}

// load gets ECharts, and for maps the countries.
async function load(map: boolean) {
  const [core] = await Promise.all([import("./chart/engine"), map ? import("./chart/world") : undefined]);
  return core;
}

export function Plot({ answer, asked, title, pick, zoom, widen }: PlotProps) {
  const element = useRef<HTMLDivElement>(null), box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | undefined>(undefined);
  const [engine, setEngine] = useState<Awaited<ReturnType<typeof load>>>();
  const [lost, setLost] = useState("");
  const { width, tall } = useSize(box);
  const theme = useTheme();
  const form = fitting({ answer, asked, theme, width: 1000, height: 400 });
  const drawn = useMemo<Chart | undefined>(() => (width ? build({ answer, asked, theme, width, height: tall }) : undefined), [answer, asked.form, asked.log, theme, width, tall]);
  const now = useRef({ drawn, answer, pick, zoom, widen });
  now.current = { drawn, answer, pick, zoom, widen };

  useEffect(() => {
    let gone = false;
    setLost("");
    load(form === "map").then((e) => !gone && setEngine({ ...e }), (e: unknown) => !gone && setLost(String(e)));
    return () => void (gone = true);
  }, [form === "map"]);
  useEffect(() => {
    if (!engine || !drawn || !element.current) return;
    if (!chart.current) {
      chart.current = engine.begin(element.current);
      chart.current.on("click", (e) => {
        const series = now.current.drawn?.option["series"] as { id: string }[] | undefined;
        const hit = now.current.drawn?.hit({ ...(e as object), seriesId: series?.[e.seriesIndex ?? -1]?.id ?? "" });
        const event = (e.event as { event?: MouseEvent } | undefined)?.event;
        if (hit) now.current.pick(hit, !!(event?.shiftKey || event?.altKey));
      });
      chart.current.getZr().on("dblclick", (e) => !e.target && now.current.drawn?.time && now.current.widen());
    }
    chart.current.resize({ width, height: drawn.height });
    chart.current.setOption(drawn.option as never, { notMerge: true });
  }, [engine, drawn]);
  useEffect(() => () => chart.current?.dispose(), []);

  const legend = (form === "area" || form === "lines" || (form === "bars" && answer.times.length > 1)) && (answer.rows?.length ?? 0) > 0;
  const point = (i: number, on: boolean) => chart.current?.dispatchAction({ type: on ? "highlight" : "downplay", seriesId: `row-${i}` });
  return (
    <div class="explore-plot" ref={box}>
      {legend && <Legend answer={answer} pick={pick} point={point} />}
      {form === "bars" && !legend && <Types answer={answer} />}
      {(form === "heatmap" || form === "map") && <Scale answer={answer} asked={asked} form={form} />}
      {lost && <p class="empty">The chart cannot be loaded: {lost}. The numbers stand below.</p>}
      <Marking chart={chart} now={now} time={!!drawn?.time}>
        <div ref={element} class="explore-drawing" role="img" aria-label={`${title}. The numbers stand in the table below.`} />
      </Marking>
    </div>
  );
}

const listed = 14; // rows in the legend; the table has all

function Legend({ answer: a, pick, point }: { answer: Answer; pick: PlotProps["pick"]; point: (i: number, on: boolean) => void }) {
  const theme = useTheme();
  const colour = colours(a, theme);
  const rows = a.rows!.slice(0, listed);
  return (
    <ul class="legend" aria-label="Legend">
      {rows.map((r, i) => (
        <li key={r.keys!.map((k) => k.value).join("\n")}>
          <button
            type="button" title={`Go into ${nameOf(r)}; with Shift, leave it out`} onClick={(e) => pick({ keys: r.keys! }, e.shiftKey || e.altKey)}
            onMouseEnter={() => point(i, true)} onMouseLeave={() => point(i, false)} onFocus={() => point(i, true)} onBlur={() => point(i, false)}
          >
            <i ref={(e) => { if (e) e.style.background = colour[i]!; }} />{nameOf(r)}<span>{short(r.whole.value, a.unit)}</span>
          </button>
        </li>
      ))}
      {a.rows!.length > listed && <li class="quiet">and {a.rows!.length - listed} more below</li>}
    </ul>
  );
}

// Types says which network types the colours of networks mean.
function Types({ answer }: { answer: Answer }) {
  const types = tintedTypes(answer, useTheme());
  if (types.length === 0) return null;
  return (
    <ul class="legend" aria-label="Colours are of network types">
      {types.map(([type, colour]) => <li key={type} class="of"><i ref={(e) => { if (e) e.style.background = colour; }} />{type}</li>)}
    </ul>
  );
}

// Scale says what the colours of a heatmap or a map mean.
function Scale({ answer: a, asked, form }: { answer: Answer; asked: Asked; form: Form }) {
  const theme = useTheme();
  const over = form === "heatmap" && asked.by.length < 2;
  const values = (a.rows ?? []).flatMap((r) => (over ? r.values : [r.whole.value])).filter((v) => v !== null && v > 0) as number[];
  if (values.length === 0) return null;
  const ends = [asked.log ? leastPositive(a) : 0, Math.max(...values)];
  return (
    <p class="scale" aria-label={`Colours from ${short(ends[0], a.unit)} to ${short(ends[1], a.unit)}`}>
      <span>{short(ends[0], a.unit)}</span>
      {looks[theme].ramp.map((c) => <i key={c} ref={(e) => { if (e) e.style.background = c; }} />)}
      <span>{short(ends[1], a.unit)}{asked.log ? ", equal steps are equal ratios" : ""}</span>
    </p>
  );
}

interface MarkingProps {
  chart: { current: EChartsType | undefined };
  now: { current: { drawn: Chart | undefined; answer: Answer; zoom: (range: string) => void } };
  time: boolean;
  children: preact.ComponentChildren;
}

const least = 6; // pixels that a mark has at least: less is a click

// Marking lets a stretch of a time axis be marked with the mouse. Fingers scroll instead.
function Marking({ chart, now, time, children }: MarkingProps) {
  const box = useRef<HTMLDivElement>(null), mark = useRef<HTMLDivElement>(null);
  const begun = useRef<number | undefined>(undefined);
  const at = (e: PointerEvent) => e.clientX - box.current!.getBoundingClientRect().left;
  const show = (a: number, b: number) => {
    const m = mark.current!;
    m.hidden = Math.abs(b - a) < least;
    m.style.left = `${Math.min(a, b)}px`;
    m.style.width = `${Math.abs(b - a)}px`;
  };
  const down = (e: PointerEvent) => {
    if (!time || e.button !== 0 || e.pointerType === "touch" || e.shiftKey || e.altKey) return;
    const y = e.clientY - box.current!.getBoundingClientRect().top;
    if (chart.current?.containPixel("grid", [at(e), y])) begun.current = at(e);
  };
  const end = (e: PointerEvent) => {
    const from = begun.current;
    begun.current = undefined;
    if (from === undefined) return;
    mark.current!.hidden = true;
    if (Math.abs(at(e) - from) < least || !chart.current) return;
    const [a, b] = [from, at(e)].map((x) => Number(chart.current!.convertFromPixel({ xAxisIndex: 0 }, x)));
    now.current.zoom(zoomed(now.current.answer, a!, b!));
  };
  useEffect(() => {
    const move = (e: PointerEvent) => begun.current !== undefined && show(begun.current, at(e));
    const stop = (e: KeyboardEvent) => {
      if (e.key === "Escape" && begun.current !== undefined) (begun.current = undefined), (mark.current!.hidden = true);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("keydown", stop);
    return () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("keydown", stop);
    };
  }, []);
  return <div class={`marking ${time ? "time" : ""}`} ref={box} onPointerDown={down}>{children}<div class="mark-box" ref={mark} hidden /></div>;
}

// useSize is the width there is, in steps of 10 pixels, and the height a chart over time should have.
function useSize(ref: { current: HTMLElement | null }): { width: number; tall: number } {
  const [size, setSize] = useState({ width: 0, tall: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const width = Math.max(260, Math.floor(ref.current!.clientWidth / 10) * 10);
      const tall = Math.round(Math.max(width < 500 ? 260 : 320, Math.min(760, innerHeight * 0.44)) / 10) * 10;
      setSize((was) => (was.width === width && was.tall === tall ? was : { width, tall }));
    };
    measure();
    let timer = 0;
    const watch = new ResizeObserver(() => {
      clearTimeout(timer);
      timer = window.setTimeout(measure, 120);
    });
    watch.observe(ref.current!);
    return () => (clearTimeout(timer), watch.disconnect());
  }, []);
  return size;
}
