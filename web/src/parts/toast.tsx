import { useEffect, useState } from "preact/hooks";
import { Mark } from "./small";
import "./parts.css";

type Level = "ok" | "info" | "warn" | "bad";

interface Told {
  id: number;
  level: Level;
  text: string;
  to?: string; // an address of the application
}

let last = 0;
let told: Told[] = [];
const changed = new EventTarget();

function set(next: Told[]): void {
  told = next;
  changed.dispatchEvent(new Event("change"));
}

// toast says in a corner that something was done, for some seconds; a fault stays until it is put away.
// It is no place for what the reader has to act upon: an ErrorBox beside the thing is.
export function toast(text: string, level: Level = "ok", to?: string): void {
  const id = ++last;
  set([...told.slice(-3), { id, level, text, ...(to ? { to } : {}) }]);
  if (level !== "bad") setTimeout(() => set(told.filter((t) => t.id !== id)), 6000);
}

// Toasts shows what toast said; the application has it once.
export function Toasts() {
  const [shown, setShown] = useState(told);
  useEffect(() => {
    const look = () => setShown(told);
    changed.addEventListener("change", look);
    return () => changed.removeEventListener("change", look);
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((t) => (
        <p key={t.id} class={t.level}>
          <Mark level={t.level} />
          <span>{t.to ? <a href={t.to}>{t.text}</a> : t.text}</span>
          <button type="button" class="close" aria-label="Put this away" onClick={() => set(told.filter((x) => x.id !== t.id))}>
            <svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2 2l8 8M10 2l-8 8" /></svg>
          </button>
        </p>
      ))}
    </div>
  );
}
