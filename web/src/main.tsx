import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Status } from "./api";
import { OverviewPage } from "./overview";
import { Mark, Trouble, Wait } from "./parts/small";
import { Toasts } from "./parts/toast";
import { ReportsPage } from "./reports";
import { type Resource, useResource } from "./resource";
import { type Address, useAddress } from "./router";
import { StatusPage } from "./status";
import "./style.css";
import { local, utc } from "./text";
import { chooseTheme, useTheme } from "./theme";

// PageProps is what every page is given.
export interface PageProps {
  address: Address;
  status: Resource<Status>;
}

interface Page {
  path: string; // with a trailing slash: everything below it too
  name: string;
  menu: boolean;
  load?: () => Promise<ComponentType<PageProps>>; // of pages that are modules of their own
}

const pages: Page[] = [
  { path: "/", name: "Overview", menu: true },
  { path: "/explore", name: "Explore", menu: true, load: () => import("./explore/page").then((m) => m.ExplorePage) },
  { path: "/networks", name: "Networks", menu: true, load: () => import("./networks/page").then((m) => m.NetworksPage) },
  { path: "/network", name: "Network", menu: false, load: () => import("./networks/network").then((m) => m.NetworkPage) },
  { path: "/exporters", name: "Exporters", menu: true },
  { path: "/reports/", name: "Reports", menu: true },
  { path: "/manual/", name: "Manual", menu: true, load: () => import("./manual/page").then((m) => m.ManualPage) },
  { path: "/login", name: "Log in", menu: false, load: () => import("./login").then((m) => m.LoginPage) },
];

// pageAt is the page of a path. Reports themselves, below /reports/, are no pages of the application.
function pageAt(path: string): Page | undefined {
  return pages.find((p) => p.path === path || p.path === path + "/") ?? pages.find((p) => p.path === "/manual/" && path.startsWith(p.path));
}

function App() {
  const address = useAddress((path) => pageAt(path) !== undefined);
  const page = pageAt(address.path);
  const status = useResource<Status>(page?.path === "/login" ? "" : "/api/v1/status", 5);
  useEffect(() => {
    document.title = `${page?.name ?? "Not found"} · Tributary`;
  }, [page]);
  const props: PageProps = { address, status };
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <Top at={page?.path ?? ""} status={status.data} lost={!!status.error} />
      {status.data?.simulated && <p class="notice" role="note">The routers and all traffic shown here are simulated: this is the demo.</p>}
      <main id="main" tabIndex={-1}>
        {page?.path === "/" && <OverviewPage />}
        {page?.path === "/exporters" && <StatusPage status={status} />}
        {page?.path === "/reports/" && <ReportsPage />}
        {page?.load && <Loaded key={page.path} page={page} {...props} />}
        {!page && <p class="empty">There is no such page. <a href="/">Go to the overview.</a></p>}
      </main>
      <Toasts />
    </>
  );
}

// Loaded shows a page whose module is loaded when it is first shown.
function Loaded({ page, ...props }: PageProps & { page: Page }) {
  const [shown, setShown] = useState<{ Shown?: ComponentType<PageProps>; error?: string }>({});
  useEffect(() => {
    page.load!().then((Shown) => setShown({ Shown }), (e: unknown) => setShown({ error: String(e) }));
  }, []);
  if (shown.error) return <Trouble what="This page cannot be loaded." why={shown.error} />;
  return shown.Shown ? <shown.Shown {...props} /> : <Wait what="the page" rows={4} />;
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
        {pages.filter((p) => p.menu).map((p) => (
          <a key={p.path} href={p.path} aria-current={p.path === at ? "page" : undefined}>
            {p.name}
            {p.path === "/exporters" && worst && <Mark level={worst} />}
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
