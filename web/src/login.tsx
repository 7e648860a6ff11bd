import { useEffect, useRef, useState } from "preact/hooks";
import { change, type Session } from "./api";
import "./login.css";
import type { PageProps } from "./main";
import { Trouble, Wait } from "./parts/small";
import { useResource } from "./resource";

// nextOf is where to go after the log-in, by ?next= of the address: a page of this console, else the
// overview. What a link from elsewhere says must not lead elsewhere.
export function nextOf(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  try {
    const to = new URL(next, location.origin);
    if (next.startsWith("/") && to.origin === location.origin && to.pathname !== "/login") return to.href; // whole: "/.//host" is "//host" once resolved
  } catch {
    // It is no address.
  }
  return location.origin + "/";
}

// LoginPage asks for name and password. Whoever is logged in already goes on: the browser does not send
// the session along when a link of another site is followed, and so the reader is sent here.
export function LoginPage({ address }: PageProps) {
  const next = nextOf(address.search);
  const { data: session, error } = useResource<Session>("/api/v1/session");
  const known = session && session.role !== "anyone";
  useEffect(() => {
    if (known) location.replace(next);
  }, [known]);
  return (
    <div class="login">
      <svg class="mark-of" viewBox="0 0 24 24" aria-hidden="true"><path d="M3 3c0 8 9 7 9 13v5" /><path d="M21 3c0 8-9 7-9 13" /><path d="M12 3v8" /></svg>
      <h1>Log in to Tributary</h1>
      {error && <Trouble what="The log-in page cannot be shown." why={error} />}
      {!session && !error && <Wait what="how to log in" rows={2} />}
      {known && <p>You are logged in as {session.name}. <a href={next}>Go on</a></p>}
      {session && !known && (session.ways.includes("password") ? <Form next={next} /> : <ByProxy next={next} />)}
      {session && !known && session.ways.length > 1 && <p class="login-more">Or come by way of the proxy before this console, which logs you in by itself.</p>}
    </div>
  );
}

function ByProxy({ next }: { next: string }) {
  return <p>There are no passwords here: the proxy before this console logs people in. You have come past it, or it has not said who you are. Use the console's public address, or <a href={next}>try again</a>.</p>;
}

function Form({ next }: { next: string }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const logIn = async (e: Event) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setWrong("");
    try {
      await change<Session>("POST", "/api/v1/session", { name, password });
      location.replace(next);
    } catch (e) {
      setBusy(false);
      setPassword("");
      setWrong(e instanceof Error ? e.message : String(e));
      second.current?.focus();
    }
  };
  const fault = wrong ? { "aria-invalid": true as const, "aria-describedby": "login-wrong" } : {};
  return (
    <form onSubmit={logIn}>
      {wrong && <p class="wrong" id="login-wrong" role="alert">{wrong}</p>}
      <label>Name
        <input ref={first} name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required maxLength={80} value={name} {...fault} onInput={(e) => setName(e.currentTarget.value)} />
      </label>
      <label>Password
        <input ref={second} name="password" type="password" autocomplete="current-password" required maxLength={1024} value={password} {...fault} onInput={(e) => setPassword(e.currentTarget.value)} />
      </label>
      <button type="submit" disabled={busy}>{busy ? "Logging in…" : "Log in"}</button>
    </form>
  );
}
