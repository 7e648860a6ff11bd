// Flows between two or three dimensions, as wide as they are large.
import type { Key } from "../wire";
import { exact, ofTotal, short } from "../values";
import { percent } from "../../text";
import type { Chart, Drawn, Target } from "./draw";
import { looks } from "./look";
import { tipElement } from "./tip";

interface Node {
  key: Key;
  at: number;
  value: number;
}

export function flow(d: Drawn): Chart {
  const a = d.answer, look = looks[d.theme];
  const depth = a.question.by?.length ?? 0;
  const nodes = new Map<string, Node>();
  const links = new Map<string, { source: string; target: string; value: number; keys: Key[] }>();
  const id = (k: Key, at: number) => `${at} ${k.value}`;
  for (const r of a.rows ?? []) {
    const v = r.whole.value ?? 0;
    if (v <= 0) continue;
    r.keys!.forEach((key, at) => {
      const n = nodes.get(id(key, at)) ?? { key, at, value: 0 };
      n.value += v;
      nodes.set(id(key, at), n);
      if (at + 1 >= depth) return;
      const [source, target] = [id(key, at), id(r.keys![at + 1]!, at + 1)];
      const l = links.get(source + "\n" + target) ?? { source, target, value: 0, keys: depth === 2 ? r.keys! : [key, r.keys![at + 1]!] };
      l.value += v;
      links.set(source + "\n" + target, l);
    });
  }
  const seen = [...nodes.values()].sort((x, y) => x.at - y.at || y.value - x.value);
  const colour = new Map(seen.map((n) => [id(n.key, n.at), n.key[d.theme] || look.palette[seen.filter((m) => m.at === n.at).indexOf(n) % look.palette.length]!]));
  const column = Math.max(...Array.from({ length: depth }, (_, at) => seen.filter((n) => n.at === at).length), 1);
  const small = d.width < 500;
  const height = Math.max(d.height, column * 26 + 30);
  const sum = a.total.whole.value;
  const more = (v: number) => {
    const s = ofTotal(v, sum, true);
    return s === null ? "" : `${percent(s)} of the total`;
  };
  return {
    option: {
      animation: false,
      tooltip: d.still ? { show: false } : {
        trigger: "item", renderMode: "html", confine: true, className: "explore-tip", transitionDuration: 0,
        formatter: (p: { dataType: string; name: string; data: { source?: string; target?: string; value?: number } }) => {
          const n = nodes.get(p.name);
          const v = p.dataType === "edge" ? p.data.value! : (n?.value ?? 0);
          const title = p.dataType === "edge" ? `${nodes.get(p.data.source!)!.key.name} → ${nodes.get(p.data.target!)!.key.name}` : (n?.key.name ?? p.name);
          return tipElement({ title, rows: [{ name: short(v, a.unit), value: "", more: more(v), strong: true }, { name: exact(v, a.unit), value: "" }] });
        },
      },
      series: [{
        id: "flow", type: "sankey", left: 4, right: small ? 84 : 150, top: 10, bottom: 10, nodeWidth: 12, nodeGap: column > 16 ? 8 : 15, // of small ones the labels need as much draggable: false, layoutIterations: 24,
        data: seen.map((n) => ({ name: id(n.key, n.at), depth: n.at, itemStyle: { color: colour.get(id(n.key, n.at)), borderWidth: 0 } })),
        links: [...links.values()].map((l) => ({ source: l.source, target: l.target, value: l.value, lineStyle: { color: colour.get(l.source), opacity: d.theme === "dark" ? 0.42 : 0.34 } })),
        label: { color: look.ink, fontSize: small ? 11 : 12.5, width: small ? 78 : 140, overflow: "truncate", formatter: (p: { name: string }) => nodes.get(p.name)?.key.name ?? p.name },
        lineStyle: { curveness: 0.5 }, emphasis: { focus: "adjacency" }, blur: { lineStyle: { opacity: 0.08 }, itemStyle: { opacity: 0.35 }, label: { opacity: 0.5 } },
      }],
    },
    height, time: false,
    hit: (e): Target | undefined => {
      const data = e.data as { source?: string; target?: string } | undefined;
      if (e.dataType === "edge" && data?.source) {
        const l = links.get(data.source + "\n" + data.target);
        if (!l) return undefined;
        return depth === 2 ? { keys: l.keys } : { keys: keysAt(l.keys, nodes.get(l.source)!.at, depth), at: nodes.get(l.target)!.at };
      }
      const n = nodes.get(e.name ?? "");
      return n ? { keys: keysAt([n.key], n.at, depth), at: n.at } : undefined;
    },
  };
}

// keysAt puts keys at the places of their dimensions; the others are not looked at.
function keysAt(keys: Key[], at: number, depth: number): Key[] {
  const out: Key[] = Array.from({ length: depth }, () => keys[0]!);
  keys.forEach((k, i) => (out[at + i] = k));
  return out;
}
