import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Status } from "./api";
import { OverviewPage } from "./overview";
import { Trouble, Wait } from "./parts/small";
import { Toasts } from "./parts/toast";
import { type Resource, useResource } from "./resource";
import { type Address, useAddress } from "./router";
import { Who } from "./session";
import "./style.css";
import { Top } from "./top";

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
  { path: "/exporters", name: "Exporters", menu: true, load: () => import("./status").then((m) => m.ExportersPage) },
  { path: "/reports/", name: "Reports", menu: true, load: () => import("./reports").then((m) => m.ReportsPage) },
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
      {page?.path !== "/login" && <Top pages={pages.filter((p) => p.menu)} at={page?.path === "/network" ? "/networks" : (page?.path ?? "")} status={status}><Who /></Top>}
      {status.data?.simulated && <aside class="notice" aria-label="About these numbers">The routers and all traffic shown here are simulated: this is the demo.</aside>}
      <main id="main" tabIndex={-1}>
        {page?.path === "/" && <OverviewPage address={address} simulated={status.data?.simulated ?? false} />}
        {page?.load && <Loaded key={page.path} page={page} {...props} />}
        {!page && <section class="empty"><h1>There is no such page</h1><p><a href="/">Go to the overview.</a></p></section>}
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

render(<App />, document.getElementById("app")!);
