import { useEffect } from "preact/hooks";

interface Ref {
  current: HTMLElement | null;
}

// useDismissed closes what is open in `box` when the reader turns to something else: with Escape, which
// gives the focus back to the button that opened it, or by pointing or moving the focus outside.
export function useDismissed(open: boolean, close: () => void, box: Ref, button: Ref): void {
  useEffect(() => {
    if (!open) return;
    const key = (e: KeyboardEvent) => {
      if (e.key !== "Escape") return;
      close();
      button.current?.focus();
    };
    const away = (e: Event) => {
      if (!box.current?.contains(e.target as Node)) close();
    };
    document.addEventListener("keydown", key);
    document.addEventListener("pointerdown", away);
    document.addEventListener("focusin", away);
    return () => {
      document.removeEventListener("keydown", key);
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("focusin", away);
    };
  }, [open]);
}
