import { useEffect, useState } from "preact/hooks";
import { ask } from "./api";

// Resource is what is known of an answer. Data and error can both be there: the last answer, and why
// there is no newer one.
export interface Resource<T> {
  data?: T;
  error?: string;
  since?: Date; // when the error began
}

// useResource asks for path at once and then every `seconds` (0: once) while the page is visible.
// A question that the reader has moved on from is cancelled. An empty path asks nothing. It is asked anew
// when `turn` changes; until then the answer before stays.
export function useResource<T>(path: string, seconds = 0, turn = 0): Resource<T> {
  const [state, setState] = useState<{ path: string; resource: Resource<T> }>({ path, resource: {} });

  useEffect(() => {
    let timer = 0;
    let running: AbortController | undefined;

    const next = () => {
      if (seconds > 0 && !document.hidden) timer = window.setTimeout(run, seconds * 1000);
    };
    const run = async () => {
      window.clearTimeout(timer);
      running?.abort();
      const mine = (running = new AbortController());
      try {
        const data = await ask<T>(path, mine.signal);
        setState({ path, resource: { data } });
      } catch (e) {
        if (mine.signal.aborted) return;
        const error = e instanceof Error ? e.message : String(e);
        setState((was) => {
          const old = was.path === path ? was.resource : {};
          return { path, resource: { ...old, error, since: old.since ?? new Date() } };
        });
      }
      if (running === mine) next();
    };
    const visible = () => {
      if (document.hidden) window.clearTimeout(timer);
      else if (seconds > 0) void run();
    };

    if (path === "") return;
    void run();
    document.addEventListener("visibilitychange", visible);
    return () => {
      document.removeEventListener("visibilitychange", visible);
      window.clearTimeout(timer);
      running?.abort();
    };
  }, [path, seconds, turn]);

  return state.path === path ? state.resource : {};
}
