import { useEffect, useState } from "preact/hooks";
import { change, Failure } from "../api";
import { Dialog } from "../parts/dialog";
import { Mark } from "../parts/small";
import { percent } from "../text";
import { useTheme } from "../theme";
import type { Catalogue, NewEntry, Preview, TypeName, Written } from "./wire";

// Done is a change that was written, and how it is taken back.
export interface Done {
  text: string;
  written: Written;
}

interface ClassifyProps {
  network: string;
  type: string; // at first; empty: none chosen yet
  catalogue: Catalogue;
  close: () => void;
  done: (d: Done) => void;
}

interface State {
  preview?: Preview;
  why?: string;
  busy?: boolean;
}

// Classify gives a network a type: it shows what that changes, and writes it into the operator's file.
export function Classify({ network, type: first, catalogue, close, done }: ClassifyProps) {
  const [type, setType] = useState(first);
  const [name, setName] = useState(network);
  const [from, setFrom] = useState("");
  const [state, setState] = useState<State>({});
  const entry: NewEntry = { network, name: name.trim() || network, type, ...(from ? { from } : {}) };
  const text = JSON.stringify(entry);
  useEffect(() => {
    if (!type) return;
    let gone = false;
    setState((was) => ({ ...was, busy: true }));
    const timer = setTimeout(() => {
      change<Preview>("POST", "/api/v1/catalogue/preview", { entries: [entry] }).then(
        (preview) => !gone && setState({ preview }),
        (e: unknown) => !gone && setState({ why: e instanceof Error ? e.message : String(e) }),
      );
    }, 200);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [text]);
  const save = async () => {
    setState((was) => ({ ...was, busy: true }));
    try {
      const written = await change<Written>("POST", "/api/v1/catalogue/entries", { entries: [entry] }, { "If-Match": `"${state.preview!.revision}"` });
      const called = catalogue.types.find((t) => t.type === type)?.name ?? type;
      done({ text: `${entry.name} is ${called} now, by ${written.file}.`, written });
      close();
    } catch (e) {
      const stale = e instanceof Failure && e.status === 412;
      setState((was) => ({ ...was, busy: false, why: e instanceof Error ? e.message : String(e), ...(stale ? { preview: undefined } : {}) } as State));
    }
  };
  return (
    <Dialog title={`Classify ${network}`} close={close} wide buttons={<>
      <button type="button" class="button" onClick={close}>Cancel</button>
      <button type="button" class="button primary" disabled={!state.preview || state.busy} onClick={save}>Save</button>
    </>}>
      <fieldset class="type-choice">
        <legend>Type</legend>
        {catalogue.types.map((t) => <TypeRadio key={t.type} of={t} on={t.type === type} choose={() => setType(t.type)} />)}
      </fieldset>
      <div class="classify-fields">
        <label class="labelled"><span>Name</span><input class="field" value={name} maxLength={80} onInput={(e) => setName(e.currentTarget.value)} /></label>
        <label class="labelled"><span>From day (empty: since ever)</span><input class="field" type="date" value={from} onInput={(e) => setFrom(e.currentTarget.value)} /></label>
      </div>
      {state.why && <p class="wrong" role="alert"><Mark level="bad" /><span class="lines">{state.why}</span></p>}
      {!type && <p class="lead">Choose a type to see what it changes.</p>}
      <div aria-live="polite" class={state.busy ? "old" : ""}>
        {state.preview && <Changes of={state.preview} />}
      </div>
    </Dialog>
  );
}

function TypeRadio({ of, on, choose }: { of: TypeName; on: boolean; choose: () => void }) {
  const theme = useTheme();
  return (
    <label class={`type-radio ${on ? "on" : ""}`}>
      <input type="radio" name="network-type" value={of.type} checked={on} onChange={choose} />
      <i class="swatch" style={{ background: of[theme] }} />{of.name}
    </label>
  );
}

// Changes shows shares before and after, of the types that change.
export function Changes({ of: p }: { of: Preview }) {
  return (
    <div class="changes">
      <div class="periods">
        {p.periods.map((period) => {
          const moved = period.types.filter((t) => Math.abs(t.points ?? 0) >= 1e-9);
          const top = Math.max(1e-9, ...moved.map((t) => Math.abs(t.points ?? 0)));
          return (
            <section key={period.name}>
              <h3>{period.name}{!period.whole && <span class="quiet"> so far</span>}</h3>
              {moved.length === 0 ? <p class="lead">No share changes.</p> : (
                <table class="small">
                  <thead><tr><th scope="col">Type</th><th scope="col" class="n">Before</th><th scope="col" class="n">After</th><th scope="col" class="n">Change</th><th scope="col"><span class="unseen">Drawn</span></th></tr></thead>
                  <tbody>{moved.map((t) => (
                    <tr key={t.type}>
                      <th scope="row"><Swatch of={t} />{t.name}</th>
                      <td class="n">{percent(t.before ?? 0)}</td><td class="n">{percent(t.after ?? 0)}</td>
                      <td class="n">{points(t.points ?? 0)}</td>
                      <td class="drawn"><Move part={(t.points ?? 0) / top} of={t} /></td>
                    </tr>
                  ))}</tbody>
                </table>
              )}
            </section>
          );
        })}
      </div>
      {p.notes.map((n) => <p key={n.what} class="lead"><strong>{n.what}</strong> {n.do}</p>)}
      <h3>In {p.file}</h3>
      <pre class="entries" tabIndex={0} aria-label={`Lines of ${p.file}`}><code>{p.entries.map((e) => `- ${e}`).join("\n")}</code></pre>
    </div>
  );
}

function Swatch({ of }: { of: TypeName }) {
  return <i class="swatch" style={{ background: of[useTheme()] }} />;
}

// Move draws a change as a bar to the left or right of none.
function Move({ part, of }: { part: number; of: TypeName }) {
  const colour = of[useTheme()];
  const length = Math.max(1.5, 56 * Math.abs(part));
  return (
    <svg class="move" viewBox="0 0 120 12" aria-hidden="true">
      <rect x={part < 0 ? 60 - length : 60} y="2" width={length} height="8" rx="1" style={{ fill: colour }} />
      <path d="M60 0V12" />
    </svg>
  );
}

// points writes percentage points; what is there is never rounded to nothing.
function points(p: number): string {
  const sign = p < 0 ? "\u2212" : "+";
  const size = Math.abs(p);
  return size < 0.005 ? `${sign}<\u20090.01\u00a0pp` : `${sign}${size < 0.995 ? size.toFixed(2) : size.toFixed(1)}\u00a0pp`;
}

// Undone says what was written and takes it back.
export function Undone({ of: d, again }: { of: Done; again: (text: string) => void }) {
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const undo = async () => {
    setBusy(true);
    try {
      let revision = d.written.revision;
      if (d.written.undo.length > 0) {
        revision = (await change<Written>("POST", "/api/v1/catalogue/entries", { entries: d.written.undo }, { "If-Match": `"${revision}"` })).revision;
      }
      for (const r of d.written.remove) {
        const q = new URLSearchParams(Object.entries(r).filter(([, v]) => v).map(([k, v]) => [k, String(v)]));
        revision = (await change<Written>("DELETE", `/api/v1/catalogue/entries?${q}`, undefined, { "If-Match": `"${revision}"` })).revision;
      }
      again("Taken back.");
    } catch (e) {
      setWhy(e instanceof Error ? e.message : String(e));
      setBusy(false);
    }
  };
  return (
    <div class="remark done" role="status">
      <Mark level="ok" />
      <p>{d.text}{why && <> <em class="bad">{why}</em></>}</p>
      <button type="button" class="button small" disabled={busy} onClick={undo}>Undo</button>
    </div>
  );
}
