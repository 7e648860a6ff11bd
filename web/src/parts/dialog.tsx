import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Mark } from "./small";
import "./parts.css";

// Dialog is a window over the page; the page behind is out of reach while it is there. It is shown
// for as long as it is rendered; Escape and its cross ask the caller to close it. Focus goes back to
// where it was.
export function Dialog(p: { title: string; close: () => void; children: ComponentChildren; buttons?: ComponentChildren; wide?: boolean }) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const was = document.activeElement as HTMLElement | null;
    box.current!.showModal();
    return () => was?.focus?.();
  }, []);
  return (
    <dialog
      ref={box} class={p.wide ? "wide-dialog" : ""} aria-labelledby={id}
      onCancel={(e) => { e.preventDefault(); p.close(); }}
      onClick={(e) => { if (e.target === box.current) p.close(); }}
    >
      <div class="dialog">
        <header>
          <h2 id={id}>{p.title}</h2>
          <button type="button" class="close" aria-label="Close" onClick={p.close}><svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2 2l8 8M10 2l-8 8" /></svg></button>
        </header>
        <div class="body">{p.children}</div>
        {p.buttons && <footer>{p.buttons}</footer>}
      </div>
    </dialog>
  );
}

// Confirm asks before something is done that cannot be undone. Its button waits for what `act` does,
// and shows what went wrong.
export function Confirm(p: { title: string; yes: string; act: () => Promise<void>; close: () => void; children: ComponentChildren }) {
  const [state, setState] = useState<{ busy: boolean; why?: string }>({ busy: false });
  const act = async () => {
    setState({ busy: true });
    try {
      await p.act();
      p.close();
    } catch (e) {
      setState({ busy: false, why: e instanceof Error ? e.message : String(e) });
    }
  };
  return (
    <Dialog title={p.title} close={p.close} buttons={<>
      <button type="button" class="button" onClick={p.close}>Cancel</button>
      <button type="button" class="button danger" disabled={state.busy} onClick={act}>{p.yes}</button>
    </>}>
      {p.children}
      {state.why && <p class="wrong" role="alert"><Mark level="bad" /> {state.why}</p>}
    </Dialog>
  );
}
