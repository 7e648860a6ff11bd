// What can be kept of a question: views under a name, files, a command.
import { useEffect, useState } from "preact/hooks";
import { ask, change } from "../api";
import { Moment } from "../parts/small";
import { Pop } from "./pop";
import { apiOf, type Asked, write } from "./question";
import { ready } from "./ready";
import { curlOf, download, pngOf, svgOf, type Words } from "./save";
import type { Answer, Session, View, Views as Kept } from "./wire";

// said is a sentence that goes away by itself.
export function useSaid(): [string, (text: string) => void] {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), 3500);
    return () => clearTimeout(timer);
  }, [said]);
  return [said, setSaid];
}

async function copy(text: string, say: (text: string) => void, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied.`);
  } catch {
    prompt("Copy this:", text); // no clipboard without https, save on loopback
  }
}

interface ExportProps {
  asked: Asked;
  answer: Answer | undefined;
  words: Words;
  session: Session | undefined;
  say: (text: string) => void;
}

export function Export({ asked, answer, words, session, say }: ExportProps) {
  const name = `${asked.measure}${asked.by.map((d) => "-" + d).join("")}-${asked.range}`.replace(/[^A-Za-z0-9-]+/g, "-");
  const picture = async (kind: "svg" | "png") => {
    try {
      const p = await svgOf(answer!, asked, words);
      download(kind === "svg" ? new Blob([p.svg], { type: "image/svg+xml" }) : await pngOf(p), `${name}.${kind}`);
    } catch (e) {
      say(`The picture could not be made: ${e instanceof Error ? e.message : String(e)}`);
    }
  };
  return (
    <Pop name="Export" class="export" label="Export">
      {(close) => (
        <ul class="acts">
          <li><a href={apiOf(asked, "csv")} download={`${name}.csv`} onClick={() => setTimeout(close)}>CSV<span>every row and step</span></a></li>
          <li><a href={apiOf(asked)} download={`${name}.json`} onClick={() => setTimeout(close)}>JSON<span>the answer as the API gives it</span></a></li>
          <li><button type="button" disabled={!answer} onClick={() => (void picture("png"), close())}>PNG<span>the picture, with title and source</span></button></li>
          <li><button type="button" disabled={!answer} onClick={() => (void picture("svg"), close())}>SVG<span>the same, to be edited</span></button></li>
          <li><button type="button" onClick={() => (void copy(curlOf(apiOf(asked), !!session && session.login !== "none"), say, "Command"), close())}>Copy as curl<span>the command that asks the same</span></button></li>
          <li><button type="button" onClick={() => (void copy(location.href, say, "Link"), close())}>Copy link<span>this page as it stands</span></button></li>
        </ul>
      )}
    </Pop>
  );
}

interface ViewsProps {
  asked: Asked;
  session: Session | undefined;
  month: string | undefined;
  say: (text: string) => void;
}

export function Views(p: ViewsProps) {
  return (
    <Pop name="Views" class="views" label="Saved views and ready questions">
      {(close) => <ViewList {...p} close={close} />}
    </Pop>
  );
}

// useViews are the saved views; undefined before they are known. changed asks for them again.
export function useViews(): { views: View[] | undefined; error: string; changed: () => void } {
  const [views, setViews] = useState<View[]>();
  const [error, setError] = useState("");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const mine = new AbortController();
    ask<Kept>("/api/v1/views", mine.signal).then(
      (a) => (setViews(a.views ?? []), setError(a.notice ?? "")),
      (e: unknown) => !mine.signal.aborted && setError(e instanceof Error ? e.message : String(e)),
    );
    return () => mine.abort();
  }, [turn]);
  return { views, error, changed: () => setTurn((n) => n + 1) };
}

function ViewList({ asked, session, month, say, close }: ViewsProps & { close: () => void }) {
  const { views, error, changed } = useViews();
  const viewer = session !== undefined && session.role === "viewer";
  return (
    <>
      <h2>Saved views</h2>
      {error && <p class="filter-message" role="alert">{error}</p>}
      {views?.length === 0 && <p class="quiet">None yet. A view keeps the question under a name, for everybody who uses this console.</p>}
      <ul class="view-list">
        {views?.map((v) => <Saved key={v.name} view={v} viewer={viewer} say={say} changed={changed} close={close} />)}
      </ul>
      {viewer ? <p class="quiet">You are logged in as a viewer: saving and deleting views needs the role editor.</p> : <Save asked={asked} views={views ?? []} say={say} changed={changed} />}
      <h2>Ready questions</h2>
      <ul class="acts">
        {ready(month).map((r) => <li key={r.name}><a href={"/explore?" + write(r.asked)} onClick={() => setTimeout(close)}>{r.name}<span>{r.about}</span></a></li>)}
      </ul>
    </>
  );
}

// linkOf is where a view opens.
export const linkOf = (v: View): string => `/explore?view=${encodeURIComponent(v.name)}`;

const addressOf = (name: string): string => `/api/v1/views/${encodeURIComponent(name)}`;

// tried waits for a change and returns a sentence where it failed, else nothing.
async function tried(change: Promise<unknown>): Promise<string> {
  try {
    await change;
    return "";
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}

function Saved({ view: v, viewer, say, changed, close }: { view: View; viewer: boolean; say: (t: string) => void; changed: () => void; close: () => void }) {
  const [sure, setSure] = useState(false);
  const remove = async () => {
    const why = await tried(change("DELETE", addressOf(v.name), undefined, { "If-Match": v.etag }));
    say(why || `View ${v.name} deleted.`);
    changed();
  };
  return (
    <li>
      <a href={linkOf(v)} onClick={() => setTimeout(close)}>{v.name}</a>
      {v.about && <p>{v.about}</p>}
      <p class="quiet">{v.by && `${v.by}, `}<Moment at={v.saved} /></p>
      <div class="view-acts">
        <button type="button" aria-label={`Share ${v.name}: copy its link`} onClick={() => void copy(location.origin + linkOf(v), say, "Link")}>Share</button>
        {!viewer && !sure && <button type="button" aria-label={`Delete ${v.name}`} onClick={() => setSure(true)}>Delete</button>}
        {sure && <><span>Delete it for everybody?</span><button type="button" class="danger" onClick={remove}>Delete {v.name}</button><button type="button" onClick={() => setSure(false)}>Keep</button></>}
      </div>
    </li>
  );
}

function Save({ asked, views, say, changed }: { asked: Asked; views: View[]; say: (t: string) => void; changed: () => void }) {
  const [name, setName] = useState(""), [about, setAbout] = useState(""), [why, setWhy] = useState("");
  const was = views.find((v) => v.name === name.trim());
  const save = async (e: Event) => {
    e.preventDefault();
    const wrong = await tried(change("PUT", addressOf(name.trim()), { query: write(asked), about: about.trim() }, was ? { "If-Match": was.etag } : { "If-None-Match": "*" }));
    setWhy(wrong);
    if (wrong) return;
    say(`View ${name.trim()} saved.`);
    setName("");
    setAbout("");
    changed();
  };
  return (
    <form class="save" onSubmit={save}>
      <label><span>Save this question as</span><input value={name} required maxLength={80} placeholder="Transit, this month" onInput={(e) => setName(e.currentTarget.value)} /></label>
      <label><span>About (optional)</span><input value={about} maxLength={300} onInput={(e) => setAbout(e.currentTarget.value)} /></label>
      {why && <p class="filter-message" role="alert">{why}</p>}
      <button type="submit" class="tool primary" disabled={!name.trim()}>{was ? "Replace" : "Save"}</button>
    </form>
  );
}
