import { useEffect, useState } from "preact/hooks";

// The address shown. Links of the application change it without a load; so does go. A question that a
// page asks stands in the address whole, so that it can be sent to somebody.

export interface Address {
  path: string;
  search: string; // with its "?", or empty
}

const here = (): Address => ({ path: location.pathname, search: location.search });
const moved = new EventTarget();

// go shows another address of the application. With `replace` the one left is not kept in the history.
export function go(to: string, replace = false): void {
  const from = location.pathname;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  moved.dispatchEvent(new Event("moved"));
  if (location.pathname !== from) {
    scrollTo(0, 0);
    document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true }); // so that a screen reader notices
  }
}

// useAddress is the address shown. `ours` says which paths the application shows something at.
export function useAddress(ours: (path: string) => boolean): Address {
  const [address, setAddress] = useState(here);
  useEffect(() => {
    const look = () => setAddress(here());
    const click = (e: MouseEvent) => {
      const a = (e.target as Element).closest?.("a");
      if (!a || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || a.target || a.hasAttribute("download")) return;
      const to = new URL(a.href);
      if (to.origin !== location.origin || !ours(to.pathname) || (to.hash && to.pathname === location.pathname)) return;
      e.preventDefault();
      if (to.href !== location.href) go(to.pathname + to.search + to.hash);
    };
    addEventListener("popstate", look);
    moved.addEventListener("moved", look);
    document.addEventListener("click", click);
    return () => {
      removeEventListener("popstate", look);
      moved.removeEventListener("moved", look);
      document.removeEventListener("click", click);
    };
  }, []);
  return address;
}
