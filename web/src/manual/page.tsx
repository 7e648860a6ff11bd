import type { ComponentType } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Manual, ManualEntry, ManualFound, ManualPage as Shown } from "../api";
import type { PageProps } from "../main";
import { Trouble, Wait } from "../parts/small";
import { useResource } from "../resource";
import { go } from "../router";
import { Article } from "./article";
import "./manual.css";

// The manual: what the program brings in docs/, and the description of its API.

const apiPath = "api";

export function ManualPage({ address, status }: PageProps) {
  const path = decodeURIComponent(address.path.replace(/^\/manual\/?/, "").replace(/\/$/, ""));
  const search = new URLSearchParams(address.search).get("search") ?? "";
  const index = useResource<Manual>("/api/v1/manual");
  const isApi = path === apiPath;
  const asked = useResource<Shown>(isApi ? "" : `/api/v1/manual/${(path || "README").split("/").map(encodeURIComponent).join("/")}`);
  const last = useRef<Shown>(undefined);
  if (asked.data) last.current = asked.data;
  const shown = isApi || asked.error ? undefined : last.current; // while another page is on its way, the one before stays
  const pages = index.data?.pages ?? [];

  return (
    <div class="manual">
      <Contents pages={pages} path={path} search={search} address={address.path} />
      {search ? <Results search={search} /> : (
        <div class="manual-page">
          {isApi && <Api address={address} status={status} />}
          {asked.error && <Missing path={path} why={asked.error} pages={pages} />}
          {!isApi && !shown && !asked.error && <Wait what="the page" rows={5} />}
          {shown && <Article page={shown} address={address} />}
          {(shown || isApi) && <Neighbours pages={withApi(pages)} path={path} />}
        </div>
      )}
      {!search && shown && <OnThisPage page={shown} />}
    </div>
  );
}

// withApi puts the description of the API's operations behind the page on the API.
function withApi(pages: ManualEntry[]): ManualEntry[] {
  return pages.flatMap((p) => (p.path === "reference/api" ? [p, { ...p, path: apiPath, title: "Every operation of the API", about: "" }] : [p]));
}

const wide = matchMedia("(min-width: 1000px)");

// Contents is the list of all pages by section, below the field that looks through them. On small
// screens it is folded away.
function Contents({ pages, path, search, address }: { pages: ManualEntry[]; path: string; search: string; address: string }) {
  const [open, setOpen] = useState(wide.matches);
  useEffect(() => {
    const turned = () => setOpen(wide.matches);
    wide.addEventListener("change", turned);
    return () => wide.removeEventListener("change", turned);
  }, []);
  useEffect(() => {
    if (!wide.matches) setOpen(false); // the reader has chosen a page
  }, [path]);
  const sections = useMemo(() => grouped(withApi(pages)), [pages]);
  const side = useRef<HTMLDivElement>(null);
  useEffect(() => { // the page's own line may be below what fits
    const box = side.current!, line = box.querySelector<HTMLElement>("[aria-current]");
    if (!line) return;
    const { top, bottom } = line.getBoundingClientRect(), frame = box.getBoundingClientRect();
    if (top < frame.top || bottom > frame.bottom - 40) box.scrollTop += top - frame.top - frame.height / 2;
  }, [sections, path]);
  return (
    <div class="manual-side" ref={side}>
      <SearchField search={search} address={address} />
      <details open={open} onToggle={(e) => setOpen((e.currentTarget as HTMLDetailsElement).open)}>
        <summary>Contents</summary>
        <nav aria-label="The manual">
          <a href="/manual/" aria-current={path === "" ? "page" : undefined}>{pages[0]?.title ?? "The manual"}</a>
          {sections.map(([section, groups]) => (
            <div key={section}>
              <p class="section">{section}</p>
              {groups.map(([group, list]) => (
                <div key={group}>
                  {group && <p class="group">{group}</p>}
                  <ul aria-label={group || section}>
                    {list.map((p) => (
                      <li key={p.path} class={p.path === apiPath ? "below" : ""}>
                        <a href={`/manual/${p.path}`} title={p.about} aria-current={p.path === path ? "page" : undefined}>{p.title}</a>
                      </li>
                    ))}
                  </ul>
                </div>
              ))}
            </div>
          ))}
        </nav>
      </details>
    </div>
  );
}

type Groups = [group: string, pages: ManualEntry[]][];

// grouped sorts pages by section and group, both in the order in which they first occur.
function grouped(pages: ManualEntry[]): [section: string, groups: Groups][] {
  const out = new Map<string, Map<string, ManualEntry[]>>();
  for (const p of pages) {
    if (!p.section) continue;
    const section = out.get(p.section) ?? new Map<string, ManualEntry[]>();
    out.set(p.section, section);
    section.set(p.group, [...(section.get(p.group) ?? []), p]);
  }
  return [...out].map(([name, groups]) => [name, [...groups]]);
}

// SearchField looks through the manual while the reader writes; "/" leads into it. What is looked for
// stands in the address.
function SearchField({ search, address }: { search: string; address: string }) {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = search;
  }, [search]);
  useEffect(() => {
    const slash = (e: KeyboardEvent) => {
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || (e.target as Element).closest("input, select, textarea")) return;
      e.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", slash);
    return () => {
      document.removeEventListener("keydown", slash);
      clearTimeout(timer.current);
    };
  }, []);
  const look = (text: string) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => go(text.trim() ? `${address}?search=${encodeURIComponent(text.trim())}` : address, true), 150);
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "Escape" && field.current) {
      field.current.value = "";
      look("");
    } else if (e.key === "ArrowDown" || e.key === "Enter") {
      const first = document.querySelector<HTMLElement>(".manual-results a");
      if (!first) return;
      e.preventDefault();
      first.focus();
    }
  };
  return (
    <form role="search" class="manual-search" onSubmit={(e) => e.preventDefault()}>
      <input ref={field} type="search" aria-label="Search the manual" placeholder="Search the manual" maxLength={200} autocomplete="off" spellcheck={false}
        onInput={(e) => look(e.currentTarget.value)} onKeyDown={key} />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

// Results lists where all words that are looked for stand. The arrow keys walk through the list.
function Results({ search }: { search: string }) {
  const { data, error } = useResource<Manual>(`/api/v1/manual?search=${encodeURIComponent(search)}`);
  const last = useRef<ManualFound[]>(undefined);
  if (data) last.current = data.found ?? [];
  const found = last.current;
  const walk = (e: KeyboardEvent) => {
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    const links = [...(e.currentTarget as Element).querySelectorAll("a")];
    const next = links.indexOf(e.target as HTMLAnchorElement) + (e.key === "ArrowDown" ? 1 : -1);
    e.preventDefault();
    if (next < 0) document.querySelector<HTMLElement>(".manual-search input")?.focus();
    else links[next]?.focus();
  };
  return (
    <div class="manual-page">
      <h1>Search</h1>
      {error && <Trouble what="The manual cannot be searched." why={error} />}
      {!found && !error && <Wait what="the results" />}
      {found && <p class="lead" role="status">{found.length === 0 ? <>No part of the manual has all of “{search}”.</> : `${found.length === 30 ? "The first 30 parts" : found.length === 1 ? "One part" : `${found.length} parts`} with “${search}”.`}</p>}
      <ol class="manual-results" onKeyDown={walk}>
        {found?.map((f) => {
          const to = `/manual/${f.path}${f.anchor ? `#${f.anchor}` : ""}`;
          return (
            <li key={to}>
              <a href={to} onClick={(e) => {
                if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
                e.preventDefault(); // the address may differ by what was looked for alone
                go(to);
              }}>
                {f.title || "The manual"}{f.heading && <> <span aria-hidden="true">›</span> {f.heading}</>}
              </a>
              <p><Marked text={f.excerpt} words={search} /></p>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

// Marked shows a text with words in it marked.
function Marked({ text, words }: { text: string; words: string }) {
  const list = words.toLowerCase().split(/\s+/).filter(Boolean).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (list.length === 0) return <>{text}</>;
  const pieces = text.split(new RegExp(`(${list.join("|")})`, "i"));
  return <>{pieces.map((p, i) => (i % 2 ? <mark key={i}>{p}</mark> : p))}</>;
}

function Missing({ path, why, pages }: { path: string; why: string; pages: ManualEntry[] }) {
  const near = /Near it: (.*)\.$/.exec(why)?.[1]?.split(", ") ?? [];
  const known = near.map((n) => pages.find((p) => p.path === n)).filter((p) => p !== undefined);
  if (!why.startsWith("The manual has no such page")) return <Trouble what="This page is missing." why={why} />;
  return (
    <>
      <h1>No such page</h1>
      <p class="lead">The manual has no page <code>{path}</code>.{known.length > 0 && " Near it:"}</p>
      <ul class="manual-near">
        {known.map((p) => <li key={p.path}><a href={`/manual/${p.path}`}>{p.title}</a>{p.about && <span class="quiet">: {p.about}</span>}</li>)}
        <li><a href="/manual/">What the manual has</a></li>
      </ul>
    </>
  );
}

// Api is the page of the API's operations, in a module of its own.
function Api(props: PageProps) {
  const [page, setPage] = useState<{ Page?: ComponentType<PageProps>; error?: string }>({});
  useEffect(() => {
    import("./api").then((m) => setPage({ Page: m.ApiPage }), (e: unknown) => setPage({ error: String(e) }));
    document.title = "API · Manual · Tributary";
  }, []);
  if (page.error) return <Trouble what="This page cannot be loaded." why={page.error} />;
  return page.Page ? <page.Page {...props} /> : <Wait what="the page" rows={5} />;
}

// Neighbours leads to the pages before and after, so that the manual can be read through.
function Neighbours({ pages, path }: { pages: ManualEntry[]; path: string }) {
  const at = pages.findIndex((p) => p.path === path);
  if (at < 0) return null;
  const before = pages[at - 1], after = pages[at + 1];
  return (
    <nav class="manual-neighbours" aria-label="Pages before and after">
      {before && <a href={`/manual/${before.path}`} rel="prev"><span class="quiet">Before</span> {before.title}</a>}
      {after && <a href={`/manual/${after.path}`} rel="next"><span class="quiet">{after.section === pages[at]?.section ? "Next" : after.section}</span> {after.title}</a>}
    </nav>
  );
}

// OnThisPage is the table of contents of a page. It marks the part that is being read.
function OnThisPage({ page }: { page: Shown }) {
  const [at, setAt] = useState("");
  const parts = page.headings.filter((h) => h.level <= 3);
  useEffect(() => {
    let frame = 0;
    const look = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const above = parts.filter((h) => (document.getElementById(h.id)?.getBoundingClientRect().top ?? Infinity) < 120);
        const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
        setAt((end && scrollY > 0 ? parts : above).at(-1)?.id ?? "");
      });
    };
    look();
    addEventListener("scroll", look, { passive: true });
    return () => {
      removeEventListener("scroll", look);
      cancelAnimationFrame(frame);
    };
  }, [page]);
  if (parts.length < 2) return null;
  return (
    <nav class="manual-toc" aria-label="On this page">
      <p class="section">On this page</p>
      <ul>
        {parts.map((h) => (
          <li key={h.id} class={h.level > 2 ? "below" : ""}>
            <a href={`#${h.id}`} aria-current={h.id === at ? "location" : undefined}>{h.title}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
