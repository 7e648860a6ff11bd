import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PageProps } from "../main";
import { Mark, Trouble, Wait } from "../parts/small";
import { useResource } from "../resource";
import { go } from "../router";
import { type Asking, useAnswer } from "./answer";
import { Choices } from "./bar";
import { drill, networkPage, only, titleOf, without } from "./drill";
import "./explore.css";
import { Filter } from "./filter";
import { type Act, Menu } from "./pop";
import { Plot } from "./plot";
import { apiOf, type Asked, changed, first, pageOf, read } from "./question";
import { nameOf as rangeName, running, widened } from "./range";
import { ready } from "./ready";
import { inSentence, made, measureOf } from "./rules";
import { Export, useSaid, useViews, Views } from "./saving";
import { Table } from "./table";
import { Times } from "./times";
import type { Answer, Fields, Key, Row, Session } from "./wire";

// ExplorePage asks what its address says.
export function ExplorePage({ address }: PageProps) {
  const name = new URLSearchParams(address.search).get("view");
  const { data: fields, error } = useResource<Fields>("/api/v1/explore/fields", 300);
  if (name !== null) return <Opened name={name} />;
  if (!fields) return error ? <Trouble what="Nothing can be asked." why={error} /> : <Wait what="what can be asked" rows={3} />;
  return <Question key="question" search={address.search} fields={fields} />;
}

// Opened finds a saved view and shows its question in its place.
function Opened({ name }: { name: string }) {
  const { views, error } = useViews();
  const view = views?.find((v) => v.name === name);
  useEffect(() => {
    if (view) go("/explore?" + view.query, true);
  }, [view]);
  if (error) return <Trouble what="The view cannot be opened." why={error} />;
  if (views && !view) return <p class="empty">There is no view called {name}: it may have been deleted. <a href="/explore">Ask a question of your own.</a></p>;
  return <Wait what="the view" rows={3} />;
}

// titleFor is a question as a line: "Volume by network and region".
function titleFor(q: Asked, fields: Fields): string {
  const by = q.by.map((d) => inSentence(fields.dimensions.find((x) => x.name === d)?.title ?? titleOf(d)));
  const list = by.length > 1 ? `${by.slice(0, -1).join(", ")} and ${by[by.length - 1]}` : by.join("");
  return (measureOf(fields, q.measure)?.title ?? q.measure) + (list ? ` by ${list}` : "");
}

interface Chosen {
  keys: Key[];
  at: { x: number; y: number };
}

function Question({ search, fields }: { search: string; fields: Fields }) {
  const asked = useMemo(() => made(fields, read(search)), [search, fields]);
  const [live, setLive] = useState(true);
  const [open, setOpen] = useState(false); // the sheet, on a phone
  const [chosen, setChosen] = useState<Chosen>();
  const [said, say] = useSaid();
  const { data: session } = useResource<Session>("/api/v1/session");
  const length = running(asked.range);
  const path = apiOf(asked);
  const asking = useAnswer(path, live && length ? (length <= 3_600_000 ? 10 : 60) : 0);
  const { answer } = asking;
  const set = (q: Asked) => {
    const to = pageOf(made(fields, q));
    if (to !== location.pathname + location.search) go(to);
  };
  const put = (by: Partial<Asked>) => set(changed(asked, by));
  const pick = (keys: Key[], at: number | undefined, exclude: boolean) => {
    if (exclude) return set(without(asked, keys, at));
    const step = drill(asked, keys, at);
    if (step.page) go(step.page);
    else set(step.asked!);
  };
  const title = titleFor(asked, fields);
  const span = answer && !asking.stale ? answer : undefined;
  const month = fields.extent.months?.at(-1);
  const words = {
    title, caption: `${rangeName(asked.range)}${answer ? `: ${answer.from.slice(0, 16).replace("T", " ")} to ${answer.to.slice(0, 16).replace("T", " ")} UTC, step ${answer.step}` : ""}`,
    question: asked.where ? `Where ${asked.where}` : "All traffic",
  };
  return (
    <div class="explore">
      <div class="title">
        <h1>{title}<span class="quiet">, {rangeName(asked.range)}</span></h1>
        <div class="tools">
          <button type="button" class="tool sheet-button" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the question" : "Change the question"}</button>
          <Views asked={asked} session={session} month={month} say={say} />
          <Export asked={asked} answer={span} words={words} session={session} say={say} />
        </div>
      </div>
      <section class={`panel question ${open ? "open" : ""}`} aria-label="The question">
        <Choices asked={asked} fields={fields} set={set} />
        <Filter where={asked.where} apply={(where) => put({ where })} />
        <Times asked={asked} span={fields.extent.to ? (span ?? answer) : undefined} extent={fields.extent} live={live} setLive={setLive} put={put} />
      </section>
      {!search && <Starts month={month} />}
      <Result asked={asked} fields={fields} asking={asking} title={title} pick={pick} put={put} menu={(row, at) => setChosen({ keys: row.keys!, at })} />
      <p class="said" role="status" aria-live="polite">{said}</p>
      {chosen && <Menu at={chosen.at} label={chosen.keys.map((k) => k.name).join(", ")} acts={actsOf(asked, chosen.keys, set)} close={() => setChosen(undefined)} />}
    </div>
  );
}

// actsOf is what can be done with a row.
function actsOf(asked: Asked, keys: Key[], set: (q: Asked) => void): Act[] {
  const step = drill(asked, keys);
  const name = keys.map((k) => k.name).join(", ");
  const acts: Act[] = [step.page ? { name: "Open its page", href: step.page } : { name: `Go into it: ${step.label}`, href: pageOf(step.asked!) }];
  acts.push({ name: `Only ${name}`, act: () => set(only(asked, keys)) }, { name: `Not ${name}`, act: () => set(without(asked, keys)) });
  if (keys.length > 1) keys.forEach((k, i) => acts.push({ name: `Not ${k.name}`, act: () => set(without(asked, keys, i)) }));
  asked.by.forEach((d, i) => {
    if (d === "network" && keys.length > 1) acts.push({ name: `Page of ${keys[i]!.name}`, href: networkPage(keys[i]!.value) });
  });
  return acts;
}

function Starts({ month }: { month: string | undefined }) {
  return (
    <nav class="starts" aria-label="Ready questions">
      <span>Or ask</span>
      {ready(month).map((r) => <a key={r.name} href={pageOf(r.asked)} title={r.about}>{r.name}</a>)}
    </nav>
  );
}

interface ResultProps {
  asked: Asked;
  fields: Fields;
  asking: Asking;
  title: string;
  pick: (keys: Key[], at: number | undefined, exclude: boolean) => void;
  put: (by: Partial<Asked>) => void;
  menu: (row: Row, at: { x: number; y: number }) => void;
}

function Result({ asked, fields, asking, title, pick, put, menu }: ResultProps) {
  const { answer, stale, busy, error, cancelled } = asking;
  const shown = useShown(answer, asked, stale);
  const nothing = shown && !stale && !shown.answer.rows?.length && !shown.answer.total.whole.value;
  return (
    <section class="panel result" aria-label="The answer" aria-busy={busy}>
      <div class={`progress ${busy ? "on" : ""}`} aria-hidden="true" />
      {busy && <p class="asking" role="status">Asking … <button type="button" class="tool" onClick={asking.cancel}>Cancel</button></p>}
      {error && <Trouble what={shown ? "There is no newer answer." : "There is no answer."} why={error} />}
      {cancelled && <p class="remark">Cancelled. <button type="button" class="tool" onClick={asking.again}>Ask again</button></p>}
      {!shown && !error && !cancelled && <Wait what="the answer" rows={2} />}
      {shown && nothing && <Empty asked={asked} fields={fields} answer={shown.answer} put={put} />}
      {shown && !nothing && (
        <div class={stale || error ? "answer old" : "answer"}>
          <Notes answer={shown.answer} />
          {shown.asked.form !== "table" && (
            <Plot
              answer={shown.answer} asked={shown.asked} title={title} pick={(t, exclude) => pick(t.keys, t.at, exclude)}
              zoom={(range) => put({ range })} widen={() => put({ range: widened(shown.answer, fields.extent) })}
            />
          )}
          <Listing answer={shown.answer} asked={shown.asked} menu={menu} />
        </div>
      )}
      <p class="unseen" role="status">{!stale && answer ? `Answer: ${answer.rows?.length ?? 0} rows, ${answer.times.length} steps` : ""}</p>
    </section>
  );
}

// useShown is the answer in sight with the question that it answers: a form changes at once where the
// answer stays the same, and else with the next answer.
function useShown(answer: Answer | undefined, asked: Asked, stale: boolean): { answer: Answer; asked: Asked } | undefined {
  const last = useRef<{ answer: Answer; asked: Asked } | undefined>(undefined);
  if (answer && (!stale || !last.current)) last.current = { answer, asked };
  return answer ? last.current : undefined;
}

function Notes({ answer: a }: { answer: Answer }) {
  const notes = a.notes ?? [];
  if (notes.length === 0) return null;
  return (
    <ul class="answer-notes" aria-label="What to know of these numbers">
      {notes.map((n) => <li key={n.what}><Mark level="info" /><span>{n.what} <span class="quiet">{n.do}</span></span></li>)}
    </ul>
  );
}

const stepwise = 62; // columns of steps that are shown unasked, in a table that was asked for

function Listing({ answer, asked, menu }: { answer: Answer; asked: Asked; menu: ResultProps["menu"] }) {
  const [each, setEach] = useState(false);
  const table = asked.form === "table";
  const steps = each || (table && answer.times.length > 1 && answer.times.length <= stepwise);
  const over = answer.times.length > 1;
  const body = (
    <>
      {over && !(table && answer.times.length <= stepwise) && (
        <label class="each"><input type="checkbox" checked={each} onChange={(e) => setEach(e.currentTarget.checked)} /> A column for each of the {answer.times.length} steps</label>
      )}
      <Table answer={answer} asked={asked} steps={steps} menu={menu} />
    </>
  );
  if (table) return body;
  return (
    <details class="listing" open>
      <summary>The numbers <span class="quiet">over the whole range{answer.left > 0 && !answer.others ? `; ${answer.left.toLocaleString("en-US")} more rows are not listed` : ""}</span></summary>
      {body}
    </details>
  );
}

function Empty({ asked, fields, answer, put }: { asked: Asked; fields: Fields; answer: Answer; put: ResultProps["put"] }) {
  const { extent } = fields;
  if (!extent.to || !extent.from) {
    return <p class="empty">There is no data yet: the first flows are visible seconds after they arrive. <a href="/exporters">The exporters page shows what arrives.</a></p>;
  }
  return (
    <div class="empty">
      <p><strong>Nothing was exchanged here.</strong></p>
      <p>{asked.where ? <>No traffic between {answer.from.slice(0, 16).replace("T", " ")} and {answer.to.slice(0, 16).replace("T", " ")} UTC fits <code>{asked.where}</code>.</> : "There is no traffic in this range."} What is kept begins {extent.from.slice(0, 10)} and ends {extent.to.slice(0, 16).replace("T", " ")} UTC.</p>
      <p class="empty-acts">
        {asked.where && <button type="button" class="tool" onClick={() => put({ where: "" })}>Without the filter</button>}
        <button type="button" class="tool" onClick={() => put({ range: widened(answer, extent) })}>Three times the range</button>
        <button type="button" class="tool" onClick={() => put({ range: first.range })}>The last 7 days</button>
      </p>
    </div>
  );
}
