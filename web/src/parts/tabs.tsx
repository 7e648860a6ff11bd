import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import "./parts.css";

// Tab is one of some views of a thing.
export interface Tab {
  id: string;
  name: ComponentChildren;
}

// Tabs shows one of several views. The arrow keys, Home and End go along the tabs; which one is shown
// is the caller's to keep, best in the address.
export function Tabs(p: { label: string; tabs: Tab[]; at: string; choose: (id: string) => void; children: ComponentChildren }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const key = (e: KeyboardEvent) => {
    const i = p.tabs.findIndex((t) => t.id === p.at), n = p.tabs.length;
    const to = { ArrowRight: (i + 1) % n, ArrowLeft: (i + n - 1) % n, Home: 0, End: n - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    p.choose(p.tabs[to]!.id);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[to]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={p.label} ref={list} onKeyDown={key}>
        {p.tabs.map((t) => (
          <button
            key={t.id} type="button" role="tab" id={`${id}-${t.id}`} aria-selected={t.id === p.at} aria-controls={`${id}-panel`}
            tabIndex={t.id === p.at ? 0 : -1} onClick={() => p.choose(t.id)}
          >{t.name}</button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${p.at}`} tabIndex={-1}>{p.children}</div>
    </>
  );
}
