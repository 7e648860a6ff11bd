import { useState } from "preact/hooks";
import type { Note } from "./api";
import { Code, Mark, Panel } from "./parts/small";
import { counted } from "./text";

const few = 5; // notes shown before "Show all"

// Notes lists what deserves attention, the worst first. What is said of many exporters at once unfolds.
export function Notes({ notes }: { notes: Note[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? notes : notes.slice(0, few);
  const grave = notes.filter((n) => n.level !== "info").length;
  return (
    <Panel title="What needs attention" class="notes" aside={grave ? counted(grave, "thing") + " to do" : "nothing urgent"}>
      <ul>{shown.map((n) => <Item key={n.what.replace(/[\d,.]+/g, "#")} n={n} />)}</ul>
      {notes.length > shown.length && <button type="button" class="more" onClick={() => setAll(true)}>Show all {notes.length}</button>}
    </Panel>
  );
}

// Item is a note.
export function Item({ n }: { n: Note }) {
  const each = n.each ?? [];
  const missing = (n.count ?? 0) - each.length;
  return (
    <li class={n.level}>
      <Mark level={n.level} />
      <div>
        <p class="what">{n.what}</p>
        <p class="do">{n.do}</p>
        {n.yaml && each.length === 0 && <Code text={n.yaml} label="configuration lines" />}
        {each.length > 0 && (
          <details class="numbers">
            <summary>Which ones</summary>
            <ul class="each">
              {each.map((e) => (
                <li key={e.exporter}>
                  <a href={`/exporters?exporter=${encodeURIComponent(e.exporter ?? "")}`}>{e.exporter}</a> <span>{e.what}{e.do !== n.do && <span class="quiet"> {e.do}</span>}</span>
                </li>
              ))}
              {missing > 0 && <li class="quiet">and {counted(missing, "more exporter")}</li>}
            </ul>
            {n.yaml && <Code text={n.yaml} label="configuration lines for all of them" />}
          </details>
        )}
      </div>
    </li>
  );
}
