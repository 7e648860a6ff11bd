import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ManualPage } from "../api";
import { Copy } from "../parts/small";
import type { Address } from "../router";

// Article shows a page of the manual. Its HTML was rendered by the process from the program's own
// pages, without any markup of theirs.
export function Article({ page, address }: { page: ManualPage; address: Address }) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${page.title} · Manual · Tributary`;
    return furnish(box.current!);
  }, [page]);
  useEffect(() => {
    const to = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (to) to.scrollIntoView();
  }, [page, address]);
  return <article ref={box} class="prose" dangerouslySetInnerHTML={{ __html: page.html }} />;
}

// furnish gives code a button that copies it, and makes what scrolls sideways a stop for the keyboard.
// What it returns takes the buttons away again.
function furnish(box: HTMLElement): () => void {
  const hosts: Element[] = [];
  for (const pre of box.querySelectorAll("pre")) {
    const frame = document.createElement("div"), host = document.createElement("span");
    frame.className = "code";
    pre.replaceWith(frame);
    frame.append(pre, host);
    render(<Copy text={pre.textContent?.replace(/\n$/, "") ?? ""} label={`Copy the ${kind(pre)}`} />, host);
    hosts.push(host);
  }
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) reach(target as HTMLElement);
  });
  for (const e of box.querySelectorAll<HTMLElement>(".wide-table, pre")) {
    reach(e);
    watch.observe(e);
  }
  return () => {
    watch.disconnect();
    for (const h of hosts) render(null, h);
  };
}

const kinds: Record<string, string> = { yaml: "configuration", sh: "commands", json: "JSON", nginx: "configuration", caddy: "configuration", ini: "configuration" };

const kind = (pre: Element): string => kinds[/language-(\w+)/.exec(pre.firstElementChild?.className ?? "")?.[1] ?? ""] ?? "text";

// reach lets the keyboard scroll what is wider than its place, and only that.
function reach(e: HTMLElement) {
  if (e.scrollWidth <= e.clientWidth + 1) {
    for (const a of ["tabindex", "role", "aria-label"]) e.removeAttribute(a);
    return;
  }
  e.tabIndex = 0;
  e.setAttribute("role", "group"); // a region each would be more landmarks than a page should have
  e.setAttribute("aria-label", e.tagName === "PRE" ? "Text, scrolls sideways" : "Table, scrolls sideways");
}
