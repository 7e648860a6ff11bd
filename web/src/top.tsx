import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Note, Status } from "./api";
import { useDismissed } from "./parts/dismiss";
import { Mark } from "./parts/small";
import type { Resource } from "./resource";
import { counted, local, utc } from "./text";
import { chooseTheme, useTheme } from "./theme";
import "./top.css";

// TopPage is a page in the menu.
export interface TopPage {
  path: string;
  name: string;
}

// Top is the head of every page: the menu, how the process stands, its time, who is logged in. In a
// narrow window the menu folds behind a button.
export function Top({ pages, at, status, children }: { pages: TopPage[]; at: string; status: Resource<Status>; children?: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const head = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(false), [at]);
  useDismissed(open, () => setOpen(false), head, button);
  return (
    <header class={`top ${open ? "open" : ""}`} ref={head}>
      <a class="brand" href="/" aria-label="Tributary">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 3c0 8 9 7 9 13v5" /><path d="M21 3c0 8-9 7-9 13" /><path d="M12 3v8" />
        </svg>
        <span>Tributary</span>
      </a>
      <button type="button" class="menu" ref={button} aria-expanded={open} aria-controls="pages" onClick={() => setOpen(!open)}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d={open ? "M3 3l10 10M13 3L3 13" : "M2 4h12M2 8h12M2 12h12"} /></svg>
        <span>{pages.find((p) => p.path === at)?.name ?? "Menu"}</span>
      </button>
      <nav id="pages" aria-label="Pages">
        {pages.map((p) => (
          <a key={p.path} href={p.path} aria-current={p.path === at ? "page" : undefined} onClick={() => setOpen(false)}>{p.name}</a>
        ))}
      </nav>
      <div class="state">
        <Light status={status} />
        <Clock status={status} />
        {children}
        <ThemeButton />
      </div>
    </header>
  );
}

// light is what the worst note says of the process: its level, and a sentence.
function light(status: Resource<Status>): { level: "ok" | "info" | "warn" | "bad"; text: string } | undefined {
  if (status.error) return { level: "bad", text: status.error };
  const s = status.data;
  if (!s) return undefined;
  const of = (level: Note["level"]) => s.notes.filter((n) => n.level === level).length;
  const bad = of("bad"), warn = of("warn");
  const parts = [bad && counted(bad, "fault"), warn && counted(warn, "warning")].filter(Boolean).join(", ");
  if (parts) return { level: bad ? "bad" : "warn", text: `${parts}: ${s.notes[0]!.what}` };
  if (s.exporters.length === 0 && !s.simulated) return { level: "info", text: "Nothing has arrived yet." };
  return { level: "ok", text: "Nothing needs attention." };
}

// Light is the state of the process in one sign, which leads to what it is about.
function Light({ status }: { status: Resource<Status> }) {
  const l = light(status);
  if (!l) return <span class="light" />;
  return <a class="light" href="/exporters" title={l.text} aria-label={`How the process stands: ${l.text}`}><Mark level={l.level} /></a>;
}

// Clock shows the process's time, which is what its slots go by; or that it no longer answers.
function Clock({ status }: { status: Resource<Status> }) {
  const now = status.data?.now;
  if (status.error) return <span class="clock lost">{status.since ? `no answer since ${utc(status.since).slice(11)}` : "no answer"}</span>;
  if (!now) return <span class="clock" />;
  const t = new Date(now);
  const newest = status.data?.store.newest_slot;
  const kept = newest ? `\nNewest slot kept: ${utc(new Date(newest))}` : "";
  return <time class="clock" dateTime={now} title={local(t) + kept}>{utc(t).slice(11)}</time>;
}

function ThemeButton() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" class="theme" aria-label={`Use ${other} colours`} title={`Use ${other} colours`} onClick={() => chooseTheme(other)}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.25" /><path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" /></svg>
    </button>
  );
}
