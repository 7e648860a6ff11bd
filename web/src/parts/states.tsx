import type { ComponentChildren } from "preact";
import { Mark, Moment } from "./small";
import "./parts.css";

// The states of a part before, instead of and after its answer. What is there already stays in sight
// while something newer is on its way: wrap it in Stale.

// Skeleton stands where an answer will be, in about its shape, so that nothing jumps when it comes. It
// appears late, so that a quick answer does not flicker.
export function Skeleton({ what, rows = 3, height = "6rem" }: { what: string; rows?: number; height?: string }) {
  return (
    <div class="wait" role="status">
      <span class="unseen">Loading {what}</span>
      {Array.from({ length: rows }, (_, i) => <div key={i} aria-hidden="true" ref={(e) => { if (e) e.style.height = height; }} />)}
    </div>
  );
}

// ErrorBox says that an answer is missing and why, and offers to ask again.
export function ErrorBox({ what, why, since, again }: { what: string; why: string; since?: Date | undefined; again?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <Mark level="bad" />
      <div>
        <strong>{what}</strong>
        <p>{why}{since && <> Since <Moment at={since.toISOString()} seconds />; asking again every few seconds.</>}</p>
        {again && <button type="button" class="button" onClick={again}>Ask again</button>}
      </div>
    </div>
  );
}

// Empty says that there is nothing, and what would make it something.
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

// Stale dims what is shown while something newer is on its way, or is not to be had.
export function Stale({ on, children }: { on: boolean; children: ComponentChildren }) {
  return <div class={on ? "old" : ""} aria-busy={on}>{children}</div>;
}

// Progress is how far something has come: a fraction from 0 to 1, or null where that is not known.
export function Progress({ of, label }: { of: number | null; label: string }) {
  return <progress aria-label={label} {...(of === null ? {} : { value: of })} max={1} />;
}
