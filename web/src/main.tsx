import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Status } from "./api";
import { OverviewPage } from "./overview";
import { Mark } from "./parts/small";
import { ReportsPage } from "./reports";
import { useResource } from "./resource";
import { StatusPage } from "./status";
import "./style.css";
import { local, utc } from "./text";
import { chooseTheme, useTheme } from "./theme";

const pages = [
  { path: "/", name: "Status" },
  { path: "/overview", name: "Overview" },
  { path: "/reports/", name: "Reports" },
];

// usePath is the address shown. Links of the application change it without a load; the title and the
// focus follow, so that a screen reader notices.
function usePath(): string {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const moved = () => setPath(location.pathname);
    const click = (e: MouseEvent) => {
      const a = (e.target as Element).closest?.("a");
      if (!a || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || a.target || a.hasAttribute("download")) return;
      const to = new URL(a.href);
      if (to.origin !== location.origin || !pages.some((p) => p.path === to.pathname)) return;
      e.preventDefault();
      if (to.pathname !== location.pathname) {
        history.pushState(null, "", to.pathname);
        moved();
        scrollTo(0, 0);
        document.querySelector<HTMLElement>("main")?.focus();
      }
    };
    addEventListener("popstate", moved);
    document.addEventListener("click", click);
    return () => {
      removeEventListener("popstate", moved);
      document.removeEventListener("click", click);
    };
  }, []);
  return path;
}

function App() {
  const path = usePath();
  const status = useResource<Status>("/api/v1/status", 5);
  const at = path === "/reports" ? "/reports/" : path;
  const page = pages.find((p) => p.path === at);
  useEffect(() => {
    document.title = `${page?.name ?? "Not found"} · Tributary`;
  }, [page]);
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <Top at={at} status={status.data} lost={!!status.error} />
      {status.data?.simulated && <p class="notice" role="note">The routers and all traffic shown here are simulated: this is the demo.</p>}
      <main id="main" tabIndex={-1}>
        {at === "/" && <StatusPage status={status} />}
        {at === "/overview" && <OverviewPage />}
        {at === "/reports/" && <ReportsPage />}
        {!page && <p class="empty">There is no such page. <a href="/">Go to the status page.</a></p>}
      </main>
    </>
  );
}

function Top({ at, status, lost }: { at: string; status: Status | undefined; lost: boolean }) {
  const worst = lost ? "bad" : status?.notes.find((n) => n.level !== "info")?.level;
  return (
    <header class="top">
      <a class="brand" href="/" aria-label="Tributary">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M3 3c0 8 9 7 9 13v5" /><path d="M21 3c0 8-9 7-9 13" /><path d="M12 3v8" />
        </svg>
        <span>Tributary</span>
      </a>
      <nav aria-label="Pages">
        {pages.map((p) => (
          <a key={p.path} href={p.path} aria-current={p.path === at ? "page" : undefined}>
            {p.name}
            {p.path === "/" && worst && <Mark level={worst} />}
          </a>
        ))}
      </nav>
      <Clock now={status?.now} />
      <ThemeButton />
    </header>
  );
}

// Clock shows the process's time, which is what its slots go by.
function Clock({ now }: { now: string | undefined }) {
  if (!now) return <span class="clock" />;
  const t = new Date(now);
  return <time class="clock" dateTime={now} title={local(t)}>{utc(t).slice(11)}</time>;
}

function ThemeButton() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" class="theme" aria-label={`Use ${other} colours`} title={`Use ${other} colours`} onClick={() => chooseTheme(other)}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.25" /><path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" /></svg>
    </button>
  );
}

render(<App />, document.getElementById("app")!);
