// The form that shows an answer.
import type { Form } from "../question";
import { area } from "./area";
import { bars } from "./bars";
import type { Chart, Drawn } from "./draw";
import { flow } from "./flow";
import { heatmap } from "./heatmap";
import { lines } from "./lines";
import { map } from "./map";

// fitting is the form in which an answer can be drawn: over one step there is no course of time.
export function fitting(d: Drawn): Form {
  const { form } = d.asked;
  const over = d.answer.times.length > 1;
  if ((form === "area" || form === "lines") && !over) return "bars";
  if (form === "area" && !d.answer.additive) return "lines";
  return form;
}

// build makes the chart; a table is none.
export function build(d: Drawn): Chart | undefined {
  switch (fitting(d)) {
    case "area": return area(d);
    case "lines": return lines(d);
    case "bars": return bars(d);
    case "heatmap": return heatmap(d);
    case "flow": return flow(d);
    case "map": return map(d);
    case "table": return undefined;
  }
}
