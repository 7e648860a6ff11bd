// Asking: the newest question counts, an older one is cancelled, and its answer stays in sight, dimmed,
// until the next is there.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Failure } from "../api";
import type { Answer } from "./wire";

export interface Asking {
  answer?: Answer;
  path: string; // that the answer is of
  busy: boolean; // for more than 300 ms
  stale: boolean; // the answer is of an older question
  error?: string;
  cancelled: boolean;
  cancel: () => void;
  again: () => void;
}

const patience = 300; // milliseconds before work is shown: less would flicker

const countries = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

// nameCountries writes countries out, which answers name by their codes.
function nameCountries(a: Answer): void {
  const at = a.question.by?.indexOf("country") ?? -1;
  if (at < 0) return;
  for (const r of a.rows ?? []) {
    const k = r.keys![at]!;
    if (k.name === k.value && /^[A-Z]{2}$/.test(k.value)) k.name = countries.of(k.value) ?? k.value;
  }
}

interface State {
  answer?: Answer;
  path: string;
  asked: string;
  error?: string;
  cancelled: boolean;
}

// useAnswer asks for path at once, and every `seconds` while the page is visible (0: once). An empty path
// asks nothing.
export function useAnswer(path: string, seconds: number): Asking {
  const [state, setState] = useState<State>({ path: "", asked: "", cancelled: false });
  const [busy, setBusy] = useState(false);
  const [turn, setTurn] = useState(0);
  const running = useRef<AbortController | undefined>(undefined);

  useEffect(() => {
    if (!path) {
      setBusy(false);
      return;
    }
    let timer = 0, slow = 0;
    let ended = false;
    const run = async () => {
      clearTimeout(timer);
      running.current?.abort();
      const mine = (running.current = new AbortController());
      clearTimeout(slow);
      slow = window.setTimeout(() => setBusy(true), patience);
      try {
        const answer = await ask<Answer>(path, mine.signal);
        nameCountries(answer);
        if (!mine.signal.aborted) setState({ answer, path, asked: path, cancelled: false });
      } catch (e) {
        if (ended || running.current !== mine) return; // the reader has moved on
        if (mine.signal.aborted) setState((was) => ({ ...was, asked: path, cancelled: true }));
        else setState((was) => ({ ...was, asked: path, cancelled: false, error: e instanceof Failure ? e.message : String(e) }));
      }
      clearTimeout(slow);
      if (ended || running.current !== mine) return;
      setBusy(false);
      if (seconds > 0 && !document.hidden && !mine.signal.aborted) timer = window.setTimeout(run, seconds * 1000);
    };
    const visible = () => {
      if (document.hidden) clearTimeout(timer);
      else if (seconds > 0) void run();
    };
    void run();
    document.addEventListener("visibilitychange", visible);
    return () => {
      ended = true;
      clearTimeout(timer);
      clearTimeout(slow);
      document.removeEventListener("visibilitychange", visible);
      running.current?.abort();
    };
  }, [path, seconds, turn]);

  const settled = state.asked === path;
  return {
    ...(state.answer ? { answer: state.answer } : {}),
    path: state.path,
    busy,
    stale: state.path !== path,
    ...(settled && state.error ? { error: state.error } : {}),
    cancelled: settled && state.cancelled,
    cancel: () => running.current?.abort(),
    again: () => setTurn((n) => n + 1),
  };
}
