import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { characters, octets, tokens } from "./language";
import type { Checked, Completion } from "./wire";

const settle = 90; // milliseconds of rest before the process is asked: less than a reader waits for

// useChecked asks what the process thinks of a filter while it is typed. Older questions are cancelled.
function useChecked(text: string, cursor: number, active: boolean): Checked | undefined {
  const [checked, setChecked] = useState<{ text: string; checked: Checked }>();
  useEffect(() => {
    if (!active && text === "") return setChecked(undefined);
    const mine = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const path = `/api/v1/filter?where=${encodeURIComponent(text)}&cursor=${octets(text, cursor)}`;
        setChecked({ text, checked: await ask<Checked>(path, mine.signal) });
      } catch {
        // The answer to the question itself will say what is wrong.
      }
    }, settle);
    return () => {
      clearTimeout(timer);
      mine.abort();
    };
  }, [text, cursor, active]);
  return checked?.text === text ? checked.checked : undefined;
}

// Filter edits the filter. Enter, or leaving the field, asks the question with it; an invalid one is
// kept and its mistake marked.
export function Filter({ where, apply }: { where: string; apply: (where: string) => void }) {
  const [text, setText] = useState(where);
  const [cursor, setCursor] = useState(where.length);
  const [active, setActive] = useState(false);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const checked = useChecked(text, cursor, active);
  useEffect(() => {
    setText(where);
    setCursor(where.length);
  }, [where]);
  useEffect(() => {
    const e = area.current!;
    const fit = () => {
      e.style.height = "0";
      e.style.height = `${e.scrollHeight}px`;
    };
    fit();
    const watch = new ResizeObserver(fit);
    watch.observe(e.parentElement!);
    return () => watch.disconnect();
  }, [text]);

  const list = open && active ? (checked?.completions ?? []) : [];
  const wrong = checked && !checked.valid && text.trim() !== "" ? checked : undefined;
  const unfinished = wrong && active && characters(text, wrong.offset) >= text.trimEnd().length; // it is being typed
  const shown = wrong && !unfinished ? wrong : undefined;

  const submit = () => {
    const next = text.trim();
    setOpen(false);
    if (next !== where) apply(next);
  };
  const accept = (c: Completion) => {
    const from = characters(text, checked!.from), to = characters(text, checked!.to);
    const rest = text.slice(to);
    const space = /^[\s,)]/.test(rest) || c.text.endsWith("(") ? "" : " ";
    const head = c.text === "," || c.text === ")" ? text.slice(0, from).trimEnd() : text.slice(0, from);
    const next = head + c.text + space + rest;
    const caret = head.length + c.text.length + (space || /^\s/.test(rest) ? 1 : 0);
    setText(next);
    setCursor(caret);
    setAt(-1);
    requestAnimationFrame(() => area.current?.setSelectionRange(caret, caret));
  };
  const keys = (e: KeyboardEvent) => {
    if ((e.key === "ArrowDown" || e.key === "ArrowUp") && list.length) {
      e.preventDefault();
      setAt((i) => (e.key === "ArrowDown" ? (i + 1) % list.length : (i <= 0 ? list.length : i) - 1));
    } else if (e.key === "ArrowDown" && !open) {
      e.preventDefault();
      setOpen(true);
    } else if (e.key === "Tab" && !e.shiftKey && list.length && (at >= 0 || typing(text, cursor))) {
      e.preventDefault();
      accept(list[Math.max(0, at)]!);
    } else if (e.key === "Enter") {
      e.preventDefault();
      if (at >= 0 && list[at]) accept(list[at]!);
      else submit();
    } else if (e.key === "Escape") {
      if (open) setOpen(false);
      else setText(where);
    }
  };
  const moved = () => {
    const e = area.current!;
    if (e.selectionStart !== cursor) {
      setCursor(e.selectionStart);
      setAt(-1);
    }
  };
  return (
    <div class="filter">
      <label for={`${id}-text`}>Where</label>
      <div class={`filter-box ${shown ? "wrong" : ""}`}>
        <div class="filter-field">
          <Coloured text={text} wrong={shown} />
          <textarea
            id={`${id}-text`} ref={area} rows={1} spellcheck={false} autocomplete="off" autocapitalize="off" value={text}
            placeholder="everything; for example  type = neocloud and not link.kind = migration"
            aria-autocomplete="list" aria-haspopup="listbox" aria-controls={list.length ? `${id}-list` : undefined}
            aria-activedescendant={at >= 0 && list[at] ? `${id}-${at}` : undefined}
            aria-invalid={shown ? true : undefined} aria-describedby={`${id}-message`}
            onInput={(e) => {
              setText(e.currentTarget.value.replace(/\n/g, " "));
              setCursor(e.currentTarget.selectionStart);
              setOpen(true);
              setAt(-1);
            }}
            onKeyDown={keys} onKeyUp={moved} onClick={() => (moved(), setOpen(true))}
            onFocus={() => (setActive(true), setOpen(true))}
            onBlur={() => (setActive(false), setOpen(false), submit())}
          />
        </div>
        {text && <button type="button" class="clear" aria-label="Clear the filter" title="Clear the filter" onMouseDown={(e) => e.preventDefault()} onClick={() => (setText(""), apply(""))}>×</button>}
        {list.length > 0 && <Completions id={id} list={list} at={at} accept={accept} />}
      </div>
      <p class={shown ? "filter-message" : "unseen"} id={`${id}-message`} role="status">
        {shown ? shown.message : list.length ? `${list.length} completions, arrow keys choose, Tab takes the first` : ""}
      </p>
    </div>
  );
}

// typing reports whether the cursor stands after something unfinished, which Tab then completes rather
// than leave the field.
const typing = (text: string, cursor: number): boolean => /[^\s()]$/.test(text.slice(0, cursor));

// Coloured is the text under the field, whose own letters are transparent.
function Coloured({ text, wrong }: { text: string; wrong: Checked | undefined }) {
  const begin = wrong ? characters(text, wrong.offset) : -1;
  const end = wrong ? Math.max(begin + 1, characters(text, wrong.offset + wrong.length)) : -1;
  return (
    <div class="filter-colours" aria-hidden="true">
      {tokens(text).map((t) => {
        const to = t.at + t.text.length;
        if (to <= begin || t.at >= end) return <span key={t.at} class={`t-${t.kind}`}>{t.text}</span>;
        const [a, b] = [Math.max(0, begin - t.at), Math.min(t.text.length, end - t.at)];
        return <span key={t.at} class={`t-${t.kind}`}>{t.text.slice(0, a)}<u>{t.text.slice(a, b)}</u>{t.text.slice(b)}</span>;
      })}
      {wrong && begin >= text.length && <u>&nbsp;</u>}
      {"\u200b"}
    </div>
  );
}

function Completions({ id, list, at, accept }: { id: string; list: Completion[]; at: number; accept: (c: Completion) => void }) {
  const box = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (at >= 0) box.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <ul class="completions" id={`${id}-list`} role="listbox" aria-label="Completions" ref={box}>
      {list.map((c, i) => (
        <li key={c.text} id={`${id}-${i}`} role="option" aria-selected={i === at} onMouseDown={(e) => (e.preventDefault(), accept(c))}>
          <code class={`t-${c.kind}`}>{c.text}</code>
          {c.about && <span>{c.about}</span>}
        </li>
      ))}
    </ul>
  );
}
