// The range and step of time.
import { useState } from "preact/hooks";
import { local } from "../text";
import { Pop } from "./pop";
import { type Asked, stepOf } from "./question";
import { between, field, nameOf, presets, running, shifted, stepNames, tooFine, widened } from "./range";
import type { Extent, Span } from "./wire";

interface TimesProps {
  asked: Asked;
  span: Span | undefined; // as the process understood the range
  extent: Extent;
  live: boolean;
  setLive: (live: boolean) => void;
  put: (by: Partial<Asked>) => void;
}

export function Times({ asked, span, extent, live, setLive, put }: TimesProps) {
  const offered = presets(extent.to ?? extent.open_to, extent.months ?? []);
  const named = offered.find((p) => p.range === asked.range);
  const length = span ? Date.parse(span.to) - Date.parse(span.from) : 0;
  const runs = running(asked.range) > 0;
  const move = (n: number) => span && put({ range: shifted(asked.range, span, n) });
  const last = extent.to ?? extent.open_to;
  const atEnd = runs || (!!span && !!last && Date.parse(span.to) >= Date.parse(last));
  return (
    <div class="times" role="group" aria-label="Range of time">
      <span class="field-name" aria-hidden="true">When</span>
      <div class="joined">
        <button type="button" class="tool" aria-label="Earlier by one range" title="Earlier by one range" disabled={!span} onClick={() => move(-1)}>‹</button>
        <select aria-label="Range" value={named ? asked.range : "custom"} onChange={(e) => e.currentTarget.value !== "custom" && put({ range: e.currentTarget.value })}>
          {!named && <option value="custom">{nameOf(asked.range)}</option>}
          {offered.map((p) => <option key={p.range} value={p.range}>{p.name}</option>)}
        </select>
        <button type="button" class="tool" aria-label="Later by one range" title={atEnd ? "There is nothing later." : "Later by one range"} disabled={!span || atEnd} onClick={() => move(1)}>›</button>
      </div>
      <Pop name="From … to" label="From … to: a range of your own" class="custom">
        {(close) => <Custom span={span} set={(range) => (put({ range }), close())} />}
      </Pop>
      <button type="button" class="tool" title="Three times the range (double click on the chart)" disabled={!span} onClick={() => span && put({ range: widened(span, extent) })}>Wider</button>
      <label class="field step"><span>Step</span>
        <select aria-label="Step" value={asked.step} onChange={(e) => put({ step: e.currentTarget.value })}>
          {stepNames.map(([step, name]) => {
            const why = tooFine(step, length);
            const auto = step === "auto" && span ? ` (${stepNames.find(([s]) => s === (stepOf(asked) === "whole" ? "whole" : span.step))?.[1] ?? span.step})` : "";
            return <option key={step} value={step} disabled={!!why} title={why}>{name}{asked.step === "auto" ? auto : ""}</option>;
          })}
        </select>
      </label>
      {runs && (
        <button type="button" class="toggle live" aria-pressed={live} title={live ? "Asked again by itself; press to pause" : "Paused; press to go on"} onClick={() => setLive(!live)}>
          <i aria-hidden="true" />{live ? "Live" : "Paused"}
        </button>
      )}
      {span && <Resolved span={span} />}
    </div>
  );
}

function Resolved({ span }: { span: Span }) {
  const at = (iso: string) => <time dateTime={iso} title={local(new Date(iso))}>{iso.slice(0, 16).replace("T", "\u00a0")}</time>;
  return <span class="resolved">{at(span.from)} to {at(span.to)} UTC</span>;
}

const shape = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}))?$/;

// time reads "2026-05-07" or "2026-05-07 10:05" as UTC; NaN where it is neither.
function time(text: string): number {
  const m = shape.exec(text.trim());
  return m ? Date.parse(`${m[1]}T${m[2] ?? "00:00"}Z`) : NaN;
}

function Custom({ span, set }: { span: Span | undefined; set: (range: string) => void }) {
  const [from, setFrom] = useState(span ? field(span.from).replace("T", " ") : "");
  const [to, setTo] = useState(span ? field(span.to).replace("T", " ") : "");
  const [why, setWhy] = useState("");
  const submit = (e: Event) => {
    e.preventDefault();
    const [a, b] = [time(from), time(to)];
    if (Number.isNaN(a) || Number.isNaN(b)) return setWhy(`${Number.isNaN(a) ? "From" : "To"} has to be a day or a time in UTC, such as 2026-05-07 or 2026-05-07 10:05.`);
    if (b - a < 300_000) return setWhy("The range has to end at least five minutes after it begins.");
    const grain = 300_000;
    set(between(Math.floor(a / grain) * grain, Math.ceil(b / grain) * grain));
  };
  const here = (text: string) => (Number.isNaN(time(text)) ? "" : local(new Date(time(text))));
  return (
    <form class="custom-range" onSubmit={submit}>
      <label><span>From, UTC</span><input value={from} title={here(from)} placeholder="2026-05-01 00:00" onInput={(e) => setFrom(e.currentTarget.value)} /></label>
      <label><span>To, UTC (not included)</span><input value={to} title={here(to)} placeholder="2026-05-08 00:00" onInput={(e) => setTo(e.currentTarget.value)} /></label>
      {why && <p class="filter-message" role="alert">{why}</p>}
      <button type="submit" class="tool primary">Show</button>
    </form>
  );
}
