import { useEffect, useState } from "preact/hooks";

// The theme follows the system until the reader chooses one; the choice is kept in this browser.

export type Theme = "light" | "dark";

const key = "tributary-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Theme | null {
  try {
    const t = localStorage.getItem(key);
    return t === "light" || t === "dark" ? t : null;
  } catch {
    return null; // storage is switched off
  }
}

let choice = chosen();

const current = (): Theme => choice ?? (system.matches ? "dark" : "light");

function apply() {
  document.documentElement.dataset["theme"] = current();
  for (const l of listeners) l();
}

system.addEventListener("change", apply);
apply();

// chooseTheme changes the theme. Choosing what the system has anyway follows the system again.
export function chooseTheme(t: Theme) {
  choice = t === (system.matches ? "dark" : "light") ? null : t;
  try {
    if (choice) localStorage.setItem(key, choice);
    else localStorage.removeItem(key);
  } catch {
    // It holds until the page is left.
  }
  apply();
}

// useTheme is the theme shown.
export function useTheme(): Theme {
  const [t, set] = useState(current());
  useEffect(() => {
    const changed = () => set(current());
    listeners.add(changed);
    return () => void listeners.delete(changed);
  }, []);
  return t;
}
