// Tooltips are elements made by script: markup with styles of its own would break the content security
// policy.

export interface TipRow {
  colour?: string;
  name: string;
  value: string;
  more?: string; // bounds, share, change
  strong?: boolean;
  here?: boolean; // the row pointed at
}

export interface Tip {
  title: string;
  under?: string; // the reader's own time
  rows: TipRow[];
  note?: string;
}

function element(name: string, className: string, text = ""): HTMLElement {
  const e = document.createElement(name);
  e.className = className;
  e.textContent = text;
  return e;
}

// tipElement is the tooltip as an element.
export function tipElement(tip: Tip): HTMLElement {
  const box = element("div", "tip-in");
  box.append(element("div", "tip-title", tip.title));
  if (tip.under) box.append(element("div", "tip-under", tip.under));
  const table = element("table", "tip-rows");
  for (const r of tip.rows) {
    const tr = element("tr", `${r.strong ? "strong" : ""} ${r.here ? "here" : ""}`);
    const mark = element("td", "tip-mark");
    const dot = element("i", "");
    if (r.colour) dot.style.background = r.colour;
    else dot.hidden = true;
    mark.append(dot);
    tr.append(mark, element("td", "tip-name", r.name), element("td", "tip-value", r.value), element("td", "tip-more", r.more ?? ""));
    table.append(tr);
  }
  box.append(table);
  if (tip.note) box.append(element("div", "tip-under", tip.note));
  return box;
}
