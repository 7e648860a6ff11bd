import { useEffect, useState } from "preact/hooks";
import { ask, Failure } from "./api";

// Resource is what is known of an answer. Data and error can both be there: the last answer, and why
// there is no newer one.
export interface Resource<T> {
  data?: T;
  error?: string;
  status?: number; // of HTTP, of the error; 0: there was no answer
  since?: Date; // when the error began; missing where asking again would not help
}

const patience = 10; // seconds after which a question that is asked once is asked again, where it failed

// passes says whether an error may go away by itself: a question that is wrong stays wrong.
const passes = (status: number): boolean => status === 0 || status === 404 || status >= 500;

// useResource asks for path at once and then every `seconds` (0: until it is answered) while the page is visible.
// A question that the reader has moved on from is cancelled. An empty path asks nothing. It is asked anew
// when `turn` changes; until then the answer before stays.
export function useResource<T>(path: string, seconds = 0, turn = 0): Resource<T> {
  const [state, setState] = useState<{ path: string; resource: Resource<T> }>({ path, resource: {} });

  useEffect(() => {
    let timer = 0;
    let running: AbortController | undefined;
    let every = seconds;

    const next = () => {
      if (every > 0 && !document.hidden) timer = window.setTimeout(run, every * 1000);
    };
    const run = async () => {
      window.clearTimeout(timer);
      running?.abort();
      const mine = (running = new AbortController());
      try {
        const data = await ask<T>(path, mine.signal);
        every = seconds;
        setState({ path, resource: { data } });
      } catch (e) {
        if (mine.signal.aborted) return;
        const error = e instanceof Error ? e.message : String(e);
        const status = e instanceof Failure ? e.status : 0;
        every = seconds || (passes(status) ? patience : 0);
        setState((was) => {
          const { since, ...old } = was.path === path ? was.resource : {};
          return { path, resource: { ...old, error, status, ...(every > 0 ? { since: since ?? new Date() } : {}) } };
        });
      }
      if (running === mine) next();
    };
    const visible = () => {
      if (document.hidden) window.clearTimeout(timer);
      else if (every > 0) void run();
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
