import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

// Pop is a button with a panel below it, which Escape and a click elsewhere close. `close` is given to
// what the panel holds.
export function Pop(p: { name: ComponentChildren; label?: string; class?: string; title?: string; children: (close: () => void) => ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null), button = useRef<HTMLButtonElement>(null), panel = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const outside = (e: Event) => {
      if (!box.current?.contains(e.target as Node)) setOpen(false);
    };
    place(button.current!, panel.current!);
    panel.current!.querySelector<HTMLElement>("input,a,button")?.focus();
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  return (
    <div class={`pop ${p.class ?? ""}`} ref={box} onKeyDown={(e) => {
      if (e.key === "Escape" && open) (e.stopPropagation(), close());
    }}>
      <button type="button" class="tool" ref={button} aria-expanded={open} aria-controls={open ? id : undefined} aria-label={p.label} title={p.title} onClick={() => setOpen(!open)}>
        {p.name}
      </button>
      {open && <div class="pop-panel" id={id} ref={panel} role="group" aria-label={p.label ?? (typeof p.name === "string" ? p.name : undefined)}>{p.children(close)}</div>}
    </div>
  );
}

// place keeps the panel inside the window.
function place(button: HTMLElement, panel: HTMLElement): void {
  const b = button.getBoundingClientRect();
  const width = panel.offsetWidth;
  const fits = b.left + width <= document.documentElement.clientWidth - 8;
  const left = fits ? b.left : Math.max(8, b.right - width);
  panel.style.left = `${left - b.left}px`;
}

// Menu lists what can be done with a row. It is placed in the window, so that no scrolled box cuts it.
export interface Act {
  name: string;
  href?: string;
  act?: () => void;
}

export function Menu({ at, label, acts, close }: { at: { x: number; y: number }; label: string; acts: Act[]; close: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const e = box.current!;
    const before = document.activeElement as HTMLElement | null;
    e.style.left = `${Math.max(8, Math.min(at.x, document.documentElement.clientWidth - e.offsetWidth - 8))}px`;
    e.style.top = `${Math.max(8, Math.min(at.y, innerHeight - e.offsetHeight - 8))}px`;
    e.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const outside = (ev: Event) => {
      if (!e.contains(ev.target as Node)) close();
    };
    document.addEventListener("pointerdown", outside);
    addEventListener("scroll", close, { once: true });
    return () => {
      document.removeEventListener("pointerdown", outside);
      removeEventListener("scroll", close);
      if (before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const keys = (e: KeyboardEvent) => {
    const items = [...box.current!.querySelectorAll<HTMLElement>("[role=menuitem]")];
    const i = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1 + items.length, Home: 0, End: items.length - 1 }[e.key];
    if (to !== undefined) (e.preventDefault(), items[to % items.length]!.focus());
    else if (e.key === "Escape" || e.key === "Tab") (e.preventDefault(), e.stopPropagation(), close());
  };
  return (
    <div class="row-menu" ref={box} role="menu" aria-label={label} onKeyDown={keys}>
      <p role="presentation">{label}</p>
      {acts.map((a) => (a.href ? (
        <a key={a.name} role="menuitem" tabIndex={-1} href={a.href} onClick={() => setTimeout(close)}>{a.name}</a>
      ) : (
        <button key={a.name} type="button" role="menuitem" tabIndex={-1} onClick={() => (a.act!(), close())}>{a.name}</button>
      )))}
    </div>
  );
}
