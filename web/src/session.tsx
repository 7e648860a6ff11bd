import { useRef, useState } from "preact/hooks";
import { change, type Session } from "./api";
import { useDismissed } from "./parts/dismiss";
import { useResource } from "./resource";
import "./session.css";
import { local, utc } from "./text";

// useSession is who is logged in; undefined before that is known.
export function useSession(): Session | undefined {
  return useResource<Session>("/api/v1/session").data;
}

const how: Record<Session["login"], string> = {
  none: "", "": "",
  password: "Logged in with a password.",
  proxy: "Logged in by the proxy before this console.",
  token: "Known by an API token.",
};

const may: Record<Session["role"], string> = {
  anyone: "Not logged in.",
  viewer: "Viewer: sees everything, changes nothing.",
  editor: "Editor: sees everything, and changes views, the catalogue and reports.",
};

// Who says who is logged in, and logs out. Where nobody has to log in, it is not there.
export function Who() {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useDismissed(open, () => setOpen(false), box, button);
  if (!session || session.login === "none" || session.role === "anyone") return null;
  const logOut = async () => {
    try {
      await change("DELETE", "/api/v1/session");
      location.assign("/login");
    } catch (e) {
      setWrong(e instanceof Error ? e.message : String(e));
    }
  };
  const ends = session.ends ? new Date(session.ends) : undefined;
  return (
    <div class="who" ref={box}>
      <button type="button" ref={button} aria-expanded={open} aria-controls="who" aria-label={`Logged in as ${session.name}, ${session.role}`} onClick={() => setOpen(!open)}>
        <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="5.2" r="2.9" /><path d="M2.4 14.4c.5-3 2.7-4.6 5.6-4.6s5.1 1.6 5.6 4.6" /></svg>
        <span>{session.name}</span>
      </button>
      <div class="card" id="who" hidden={!open}>
        <p><strong>{session.name}</strong>{may[session.role]}</p>
        <p>{how[session.login]}{ends && <> Until <time dateTime={session.ends!} title={local(ends)}>{utc(ends)}</time> at the latest.</>}</p>
        {wrong && <p role="alert">{wrong}</p>}
        {session.login === "password" && <button type="button" onClick={logOut}>Log out</button>}
      </div>
    </div>
  );
}
