// The question bar: what is measured, told apart by what, and shown how.
import type { ComponentChildren } from "preact";
import { type Asked, changed, type Form, forms, wants } from "./question";
import { formNames, made, noDimension, noForm, noLog, noMeasure, noPrevious, measureOf } from "./rules";
import type { Fields } from "./wire";

interface BarProps {
  asked: Asked;
  fields: Fields;
  set: (q: Asked) => void;
}

export function Choices({ asked, fields, set }: BarProps) {
  const put = (by: Partial<Asked>) => set(made(fields, changed(asked, by)));
  return (
    <div class="choices">
      <Field name="Measure">
        <select aria-label="Measure" value={asked.measure} title={measureOf(fields, asked.measure)?.about} onChange={(e) => put({ measure: e.currentTarget.value })}>
          {!measureOf(fields, asked.measure) && <option value={asked.measure}>{asked.measure}</option>}
          {fields.measures.map((m) => {
            const why = noMeasure(fields, asked, m);
            return <option key={m.name} value={m.name} disabled={!!why} title={why || m.about} aria-description={why || m.about}>{m.title}</option>;
          })}
        </select>
      </Field>
      <By asked={asked} fields={fields} put={put} />
      <FormChoice asked={asked} fields={fields} put={put} />
      <Switches asked={asked} put={put} />
    </div>
  );
}

function Field({ name, children }: { name: string; children: ComponentChildren }) {
  return <label class="field"><span>{name}</span>{children}</label>;
}

type Put = (by: Partial<Asked>) => void;

// By chooses up to three dimensions. An empty choice leaves one out.
function By({ asked, fields, put }: { asked: Asked; fields: Fields; put: Put }) {
  const slots = Math.min(3, asked.by.length + 1);
  const choose = (i: number, name: string) => {
    const by = [...asked.by];
    if (name) by[i] = name;
    else by.splice(i, 1);
    put({ by });
  };
  return (
    <div class="field by" role="group" aria-label="Told apart by">
      <span aria-hidden="true">By</span>
      {Array.from({ length: slots }, (_, i) => (
        <select key={i} class={asked.by[i] ? "" : "none"} value={asked.by[i] ?? ""} aria-label={["First dimension", "Second dimension", "Third dimension"][i]} onChange={(e) => choose(i, e.currentTarget.value)}>
          <option value="">{i === 0 ? "nothing: the total" : asked.by[i] ? "leave out" : "and by …"}</option>
          {asked.by[i] && !fields.dimensions.some((d) => d.name === asked.by[i]) && <option value={asked.by[i]}>{asked.by[i]}</option>}
          {fields.dimensions.map((d) => {
            const why = noDimension(fields, asked, d, i);
            return <option key={d.name} value={d.name} disabled={!!why} title={why || d.about} aria-description={why || d.about}>{d.title}</option>;
          })}
        </select>
      ))}
    </div>
  );
}

const icons: Record<Form, string> = {
  area: "M1 15V9l4-3 4 2 6-5v12z",
  lines: "M1 12l4-5 4 3 6-7M1 15l5-2 4 1 5-3",
  bars: "M2 4h11M2 8h8M2 12h5",
  heatmap: "M1 1h4v4H1zM6 6h4v4H6zM11 1h4v4h-4zM1 11h4v4H1zM11 11h4v4h-4z",
  flow: "M1 3c7 0 7 8 14 8M1 8c7 0 7-5 14-5M1 13c6 0 8 0 14 0",
  map: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM1.5 8h13M8 1.5c-4 4-4 9 0 13 4-4 4-9 0-13z",
  table: "M1.5 2.5h13v11h-13zM1.5 6h13M1.5 9.7h13M6 2.5v11",
};

function FormChoice({ asked, fields, put }: { asked: Asked; fields: Fields; put: Put }) {
  return (
    <div class="field forms" role="group" aria-label="Shown as">
      <span aria-hidden="true">As</span>
      <div class="segments">
        {forms.map((form) => {
          const why = noForm(fields, asked, form);
          return (
            <button
              key={form} type="button" class={`form-${form}`} aria-pressed={asked.form === form} aria-disabled={!!why} aria-label={formNames[form]} title={why ? `${formNames[form]}: ${why}` : formNames[form]}
              aria-description={why || undefined} onClick={() => !why && put({ form })}
            >
              <svg viewBox="0 0 16 16" aria-hidden="true"><path d={icons[form]} /></svg>
              <span>{formNames[form].replace("Stacked area", "Area")}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

const tops = [5, 10, 15, 20, 30, 50, 100];

function Switches({ asked, put }: { asked: Asked; put: Put }) {
  const why = noLog(asked), whyPrevious = noPrevious(asked);
  return (
    <div class="switches">
      <Field name="Top">
        <select aria-label="Top" value={String(asked.top)} disabled={!!wants(asked)} title={wants(asked) || "Rows listed one by one, largest first; the others are summed where they add up."} onChange={(e) => put({ top: Number(e.currentTarget.value) })}>
          {(tops.includes(asked.top) ? tops : [...tops, asked.top].sort((a, b) => a - b)).map((n) => <option key={n} value={String(n)}>{n}</option>)}
        </select>
      </Field>
      <Toggle name="Log" on={asked.log} why={why} about="A logarithmic scale: equal distances are equal ratios" flip={() => put({ log: !asked.log })} />
      <Toggle name="Previous" on={asked.previous} why="" about={whyPrevious || "Lay the period before, of the same length, over this one"} flip={() => put({ previous: !asked.previous })} />
    </div>
  );
}

function Toggle({ name, on, why, about, flip }: { name: string; on: boolean; why: string; about: string; flip: () => void }) {
  return (
    <button type="button" class="toggle" aria-pressed={on} aria-disabled={!!why} title={why || about} aria-description={why || about} onClick={() => !why && flip()}>
      <i aria-hidden="true" />{name}
    </button>
  );
}
