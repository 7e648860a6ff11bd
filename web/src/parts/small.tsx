import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { local, span, utc } from "../text";

// Moment shows a time in UTC; the reader's own time is shown on hover. With `now` it shows how long
// ago that was, and both times on hover.
export function Moment({ at, now, seconds }: { at: string; now?: string; seconds?: boolean }) {
  const t = new Date(at);
  const text = now ? `${span(new Date(now).getTime() - t.getTime())} ago` : utc(t, seconds);
  const title = now ? `${utc(t, true)}\n${local(t)}` : local(t);
  return <time dateTime={at} title={title}>{text}</time>;
}

// Copy copies a text and says that it did.
export function Copy({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState<"" | "Copied" | "Select and copy">("");
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(""), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone("Copied");
    } catch {
      setDone("Select and copy"); // no clipboard without https, save on loopback
    }
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={done ? `${done}: ${label}` : label}>
      <span aria-live="polite">{done || "Copy"}</span>
    </button>
  );
}

// Code is a block of configuration or a command, with a button that copies it.
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label}><code>{text.replace(/\n$/, "")}</code></pre>
      <Copy text={text} label={`Copy: ${label}`} />
    </div>
  );
}

// Panel is a titled part of a page.
export function Panel(p: { title: string; aside?: ComponentChildren; class?: string; id?: string; children: ComponentChildren }) {
  const id = p.id ?? p.title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return (
    <section class={`panel ${p.class ?? ""}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{p.title}</h2>
        {p.aside && <div class="aside">{p.aside}</div>}
      </header>
      {p.children}
    </section>
  );
}

// Wide scrolls sideways what may be too wide for its place. Where something is out of sight on a side,
// a sentence and a shadow there say so; only then is it a stop for the keyboard.
export function Wide({ label, children }: { label: string; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const [more, setMore] = useState({ left: false, right: false });
  const look = () => {
    const e = box.current;
    if (!e) return; // the page was left
    const rest = e.scrollWidth - e.clientWidth - e.scrollLeft;
    const left = e.scrollLeft > 1, right = rest > 1;
    setMore((was) => (was.left === left && was.right === right ? was : { left, right }));
  };
  useEffect(() => {
    const watch = new ResizeObserver(look);
    watch.observe(box.current!);
    watch.observe(box.current!.firstElementChild!); // which grows with what it holds
    return () => watch.disconnect();
  }, []);
  const scrolls = more.left || more.right;
  return (
    <>
      {scrolls && <p class="cue">{more.right ? "More columns to the right: scroll \u2192" : "\u2190 More columns to the left"}</p>}
      <div class={`wide ${more.left ? "left" : ""} ${more.right ? "right" : ""}`}>
        <div class="scroll" ref={box} onScroll={look} {...(scrolls ? { tabIndex: 0, role: "group", "aria-label": label } : {})}>{children}</div>
      </div>
    </>
  );
}

// Path shows the path of a file or folder. It is broken after slashes, and inside a name only where
// that alone is too long.
export function Path({ path }: { path: string }) {
  const parts = path.split(/(?<=[/\\])/);
  return <span class="path mono" title={path}>{parts.map((p, i) => <>{i > 0 && <wbr />}{p}</>)}</span>;
}

// Facts is a list of names and values.
export function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

// Spark is a small curve from zero. It has no axis: the number stands beside it.
export function Spark({ values, label }: { values: number[]; label: string }) {
  const w = 120, h = 28;
  const top = Math.max(...values, 1e-9);
  const x = (i: number) => (i / Math.max(1, values.length - 1)) * w;
  const y = (v: number) => h - 1 - (v / top) * (h - 3);
  const line = values.map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  return (
    <svg class="spark" viewBox={`0 0 ${w} ${h}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="fill" d={`${line}L${w} ${h}L0 ${h}Z`} />
      <path class="line" d={line} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

// Mark is the sign of a level: told apart by its shape as well as by its colour.
export function Mark({ level }: { level: "ok" | "info" | "warn" | "bad" }) {
  const shapes: Record<string, JSX.Element> = {
    ok: <><circle cx="8" cy="8" r="7" /><path class="in" d="M4.6 8.3l2.3 2.3 4.4-4.9" /></>,
    info: <><circle cx="8" cy="8" r="7" /><path class="in" d="M8 7.4v4M8 4.7v.1" /></>,
    warn: <><path d="M8 1.2l7.2 13H.8z" /><path class="in" d="M8 6v4M8 12.1v.1" /></>,
    bad: <><path d="M4.9.8h6.2l4.1 4.1v6.2l-4.1 4.1H4.9L.8 11.1V4.9z" /><path class="in" d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2" /></>,
  };
  const words = { ok: "good", info: "to know", warn: "warning", bad: "fault" };
  return <svg class={`mark ${level}`} viewBox="0 0 16 16" role="img" aria-label={words[level]}>{shapes[level]}</svg>;
}

// Wait is shown until the first answer, in about the shape of what will come. It appears late, so that
// a quick answer does not flicker.
export function Wait({ what, rows = 3 }: { what: string; rows?: number }) {
  return (
    <div class="wait" role="status">
      <span class="unseen">Loading {what}</span>
      {Array.from({ length: rows }, (_, i) => <div key={i} aria-hidden="true" />)}
    </div>
  );
}

// Trouble says that an answer is missing, and why.
export function Trouble({ what, why, since }: { what: string; why: string; since?: Date | undefined }) {
  return (
    <div class="trouble" role="alert">
      <Mark level="bad" />
      <div>
        <strong>{what}</strong>
        <p>{why}{since && <> Since <Moment at={since.toISOString()} seconds />; asking again every few seconds.</>}</p>
      </div>
    </div>
  );
}
