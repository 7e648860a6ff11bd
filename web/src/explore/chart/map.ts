// Countries by value. The shapes, and ECharts' part that draws them, come with world.ts.
import { percent } from "../../text";
import { bounds, exact, ofTotal, short } from "../values";
import type { Chart, Drawn } from "./draw";
import { looks, rampAt } from "./look";
import { leastPositive } from "./time";
import { tipElement } from "./tip";

export const mapName = "tributary-world";

const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

// countryName is the English name of a code; shapes without a code are named already.
const countryName = (code: string): string => (/^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code);

export function map(d: Drawn): Chart {
  const a = d.answer, look = looks[d.theme];
  const rows = (a.rows ?? []).filter((r) => r.whole.value !== null && r.whole.value > 0);
  const byCode = new Map(rows.map((r) => [r.keys![0]!.value.replace(/"/g, "").toUpperCase(), r]));
  const most = Math.max(...rows.map((r) => r.whole.value!), 0), least = leastPositive(a);
  const share = (v: number) => (d.asked.log ? Math.log(v / least) / Math.max(Math.log(most / least), 1e-9) : v / most);
  const height = Math.round(Math.min(d.width * 0.5, Math.max(d.height, 360)));
  return {
    option: {
      animation: false,
      tooltip: d.still ? { show: false } : {
        trigger: "item", renderMode: "html", confine: true, className: "explore-tip", transitionDuration: 0,
        formatter: (p: { name: string }) => {
          const r = byCode.get(p.name);
          if (!r) return tipElement({ title: countryName(p.name), rows: [{ name: "No traffic in this answer", value: "" }] });
          const of = ofTotal(r.whole.value, a.total.whole.value, a.additive);
          const lines = [{ name: short(r.whole.value, a.unit), value: "", more: of === null ? "" : `${percent(of)} of the total`, strong: true }, { name: exact(r.whole.value, a.unit), value: "", more: bounds(r.whole, a.unit) }];
          return tipElement({ title: r.keys![0]!.name, rows: lines });
        },
      },
      series: [{
        id: "map", type: "map", map: mapName, roam: false, selectedMode: false, left: 0, right: 0, top: 4, bottom: 4, nameProperty: "code",
        itemStyle: { areaColor: d.theme === "dark" ? "#1c1f24" : "#eceef1", borderColor: look.paper, borderWidth: 0.6 },
        emphasis: { label: { show: false }, itemStyle: { areaColor: undefined, borderColor: look.ink, borderWidth: 1.2 } },
        data: rows.map((r) => ({ name: r.keys![0]!.value.replace(/"/g, "").toUpperCase(), value: r.whole.value, itemStyle: { areaColor: rampAt(look, Math.max(0.12, share(r.whole.value!))).fill } })),
      }],
    },
    height, time: false,
    hit: (e) => {
      const keys = byCode.get(e.name ?? "")?.keys;
      return keys?.length ? { keys } : undefined;
    },
  };
}
