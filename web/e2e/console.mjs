// The console in Debian's Chromium, against a running tributary. Called by cmd/tributary/console_test.go:
//
//   node console.mjs STEP URL EXPECTATIONS(JSON)
import { strict as assert } from "node:assert";
import { altered, launch, open, photograph, sizes, sound, themes } from "./browser.mjs";

const [step, base, expectations = "{}"] = process.argv.slice(2);
const want = JSON.parse(expectations);

// empty: a process that has heard nothing and keeps nothing.
async function empty(browser) {
  const page = await open(browser, base);
  await page.goto(base + "/exporters");
  await page.getByText("Ready, and waiting for the first datagram").waitFor();
  await page.getByText(`to UDP port ${want.port} of this machine`).waitFor();
  await sound(page, "status, nothing heard");
  await photograph(page, "status-empty");

  // The keyboard's first stop leads over the navigation, the next ones along it.
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") || document.activeElement.textContent);
  const stops = [];
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    stops.push(await focused());
  }
  assert.deepEqual(stops, ["Skip to the content", "Tributary", "Overview", "Explore", "Networks", "Exporters", "Reports", "Manual", "How the process stands: Nothing has arrived yet.", "Use dark colours"]);

  await menu(browser);

  page.expected = /Failed to load resource: .* 404/; // figures are asked for before it is known that there are none
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByText("There is no data yet").waitFor();
  await sound(page, "overview, no data");
  await page.getByRole("link", { name: "Reports" }).click();
  await page.getByText("No report has been built yet").waitFor();
  await page.getByText("By command").first().click();
  await page.getByText(/tributary\S* -c \S+ report 2025Q4 -o/).waitFor();
  await sound(page, "reports, none");
  page.expected = /Failed to load resource: .* 404/;
  assert.equal((await page.goto(base + "/nowhere")).status(), 404);
  await page.getByText("There is no such page").waitFor();
  await sound(page, "no such page");

  // The demo, which nobody sends to, shows no steps for pointing a router at it.
  await altered(page, "**/api/v1/status", (s) => ({ ...s, simulated: true }));
  await page.goto(base + "/exporters");
  await page.getByText("it has filled its store by itself").waitFor();
  assert.equal(await page.getByText("Point a router here").count(), 0);
  await sound(page, "status, demo");
  await page.getByRole("link", { name: "The overview shows what is in it" }).waitFor();
}

// menu: in a narrow window the pages stand behind a button, which the keyboard opens and closes.
async function menu(browser) {
  const page = await open(browser, base, { viewport: sizes[2] });
  await page.goto(base + "/exporters");
  const button = page.getByRole("button", { name: "Exporters" });
  await button.focus();
  await page.keyboard.press("Enter");
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  await sound(page, "menu, open");
  await photograph(page, "menu-phone");
  await page.keyboard.press("Escape");
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  assert.equal(await page.evaluate(() => document.activeElement.className), "menu", "Escape loses the focus");
  await page.keyboard.press("Enter");
  for (let i = 0; i < 5; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/reports/");
  assert.equal(await page.getByRole("navigation").isVisible(), false, "the menu stays open over the page");
  await page.context().close();
}

// arriving: exporters send, one of them unknown.
async function arriving(browser) {
  const page = await open(browser, base, { permissions: ["clipboard-read", "clipboard-write"] });
  const began = Date.now();
  await page.goto(base + "/exporters");
  await page.locator(".exporters").waitFor();
  const first = Date.now() - began;
  assert.ok(first < 10000, `first paint with data took ${first} ms`); // how fast it is, the benchmark measures: tests share their machine
  const row = page.locator(".exporters .table > tbody", { hasText: want.exporter });
  await row.waitFor();

  // A page that shows what arrives shows more of it by itself.
  const datagrams = async () => Number((await page.locator(".tiles li", { hasText: "Datagrams" }).locator(".note").textContent()).replace(/\D/g, ""));
  const then = await datagrams();
  await page.waitForFunction((n) => Number([...document.querySelectorAll(".tiles li")].find((e) => e.textContent.includes("Datagrams")).querySelector(".note").textContent.replace(/\D/g, "")) > n, then, { timeout: 15000 });

  // Whether the numbers are complete is said at the head, in a tile, by exporter and of the kernel.
  await page.locator(".headline", { hasText: /Complete|Losing/ }).waitFor();
  await page.locator(".tiles li", { hasText: "Never arrived" }).waitFor();
  const loss = page.locator(".panel", { has: page.getByRole("heading", { name: "What never arrived" }) });
  await loss.getByText(/nothing that was sent is missing|of the exported records/).waitFor();
  await page.getByRole("columnheader", { name: "Lost", exact: true }).first().waitFor();
  await page.getByRole("heading", { name: "Journal" }).waitFor();

  // The unknown sender, and the line that admits it, copied.
  const unknown = page.locator(".unknown li", { hasText: want.unknown });
  await unknown.waitFor();
  await unknown.getByText("NetFlow v5").waitFor();
  await unknown.getByRole("combobox").selectOption(want.region);
  await unknown.getByRole("button", { name: /Copy/ }).click();
  await unknown.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, new RegExp(`^regions:\\n  - \\{name: ${want.region}, exporters: \\[.*${want.unknown.replaceAll(".", "\\.")}\\]\\}\\n$`));

  // Refusals are in sight on every screen; where further columns are not, a sentence says so.
  for (const width of [1600, 1280, 1100, 800]) {
    await page.setViewportSize({ width, height: 1000 });
    const [refused, panel] = [page.getByRole("columnheader", { name: "Refused" }).first(), page.locator(".panel.exporters")];
    const [r, p] = [await refused.boundingBox(), await panel.boundingBox()];
    assert.ok(r.x + r.width <= p.x + p.width, `at ${width} px "Refused" ends at ${r.x + r.width}, the panel at ${p.x + p.width}`);
    await page.waitForFunction(() => {
      const box = document.querySelector(".exporters .scroll");
      return box.scrollWidth > box.clientWidth + 1 === !!document.querySelector(".exporters .cue") && box.hasAttribute("tabindex") === !!document.querySelector(".exporters .cue");
    });
  }
  await page.setViewportSize({ width: 780, height: 1000 });
  await page.locator(".exporters").getByText("More columns to the right").waitFor();
  await page.locator(".exporters .scroll").first().evaluate((e) => e.scrollTo(e.scrollWidth, 0));
  await page.locator(".exporters").getByText("More columns to the left").waitFor();
  await page.setViewportSize(sizes[0]);

  // Everything by keyboard: the row unfolds with Enter, and focus is seen.
  const unfold = row.getByRole("button").first();
  await unfold.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "What became of its flows" }).waitFor();
  assert.equal(await unfold.getAttribute("aria-expanded"), "true");
  await page.getByRole("heading", { name: "Streams and templates" }).waitFor();
  await page.getByRole("link", { name: /^What \S+ exchanges, by type$/ }).waitFor();
  assert.match(page.url(), /\?exporter=/, "the exporter that is unfolded does not stand in the address");
  await sound(page, "exporters, unfolded");
  await photograph(page, "exporters-unfolded");
  await page.reload();
  await page.getByRole("heading", { name: "Streams and templates" }).waitFor();
  await unfold.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Streams and templates" }).waitFor({ state: "detached" });

  // A column sorts by its head.
  await page.getByRole("button", { name: "Records/s" }).click();
  assert.equal(await page.locator(".exporters th[aria-sort]").getAttribute("aria-sort"), "descending");

  // An interface that no link lists, with the lines that would; they are asked for every ten seconds.
  const crossed = page.locator(".unlisted .table > tbody", { hasText: `Interface ${want.unlisted}` });
  await crossed.waitFor({ timeout: 30000 });
  await crossed.getByRole("button").click();
  await crossed.getByText(new RegExp(`interfaces: \\[${want.unlisted}\\], kind: transit, provider: CHANGE-ME`)).waitFor();

  // When the process stops answering, the page says so, and recovers by itself.
  page.expected = /Failed to load resource/;
  await page.route("**/api/v1/status", (r) => r.abort());
  await page.getByText("These numbers are old.").waitFor({ timeout: 15000 });
  await page.getByText("The process does not answer").waitFor();
  await sound(page, "status, process gone");
  await photograph(page, "status-gone");
  await page.unroute("**/api/v1/status");
  await page.getByText("These numbers are old.").waitFor({ state: "detached", timeout: 15000 });

  // Times are UTC, the reader's own on hover: New York's here.
  const time = page.locator(".facts time").last();
  assert.match(await time.textContent(), /^\d{4}-\d\d-\d\d\s\d\d:\d\d\sUTC$/);
  assert.match(await time.getAttribute("title"), /UTC\u22120[45]:00 \(here\)$/);

  await everywhere(browser, "/exporters", "exporters", (p) => p.locator(".exporters").waitFor());
  await losing(browser);
}

// losing: the same status with every trouble that makes numbers incomplete, at every size.
async function losing(browser) {
  const spoil = (s) => {
    const hour = { ...s.complete.hour, share: 0.0234, lost: 1200, lost_datagrams: 60, overrun: 45, late: 3, restarts: 1, limits: { templates: 2 } };
    s.complete = { state: "losing", hour, slot: hour, kernel_drops: { known: true, total: 60, hour: 45 } };
    s.notes.push({
      level: "warn", what: "12 exporters have been silent for more than 5 minutes.", do: "See whether it is up.", count: 12,
      each: [{ level: "warn", exporter: "192.0.2.7", what: "192.0.2.7 has been silent for 3 hours.", do: "See whether it is up." }],
    });
    s.notes.unshift({ level: "bad", loses: true, what: "The kernel has dropped 45 datagrams in the last hour because a receive buffer was full.", do: "Raise it." });
    Object.assign(s.exporters[0].loss, { hour, slot: { ...hour, share: 0 } });
    const socket = { address: "[::]:2055", asked: 32 << 20, buffer: 425984, dropped: 30 };
    s.workers = 2;
    s.listening = [{ ...socket, worker: 0 }, { ...socket, worker: 1 }];
    Object.assign(s.journal, { path: "/var/lib/tributary/journal", bytes: 17e9, max_bytes: 17179869184, segments: 9, oldest: s.now, dropped: 12, replayed: 9, torn: 3 });
    s.limits = [{ name: "rows", value: 2000000, bound: 2000000, reached: 3, reached_hour: 2, consequence: "rows are committed before their slot's end" }];
    const link = {
      address: "192.0.2.7", name: "", index: 7, link: "", region: "West", agent: "", seconds: 7300, rate: 1000, counted_in: 4e12, counted_out: 3e12,
      ratio_in: 0.5, ratio_out: 1.001, off: true, hint: "On the way in too little is sampled.",
    };
    s.links = { interfaces: 2, off: 1, rows: [link, { ...link, index: 8, link: "transit-1", ratio_in: 1, off: false, hint: "" }] };
    return s;
  };
  for (const size of sizes) {
    for (const theme of themes) {
      const page = await open(browser, base, { viewport: size, colorScheme: theme });
      await altered(page, "**/api/v1/status", spoil);
      await page.goto(base + "/exporters");
      await page.locator(".headline", { hasText: "Losing. An estimated 2.3\u00a0% of the records of the last hour never arrived" }).waitFor();
      const row = page.locator(".list.loss tbody tr").first();
      assert.match(await row.textContent(), /2\.3\u00a0%.*75\u00a0%.*templates 2×/);
      await page.getByText("Reached 3×, 2× in the last hour: rows are committed before their slot's end.").waitFor();
      await page.getByText("One interface does not fit.").waitFor();
      await page.getByText("Which ones").click();
      await page.getByText("and 11 more exporters").waitFor();
      await page.locator("a.light .mark.bad").waitFor();
      await sound(page, `status, losing, ${size.name}, ${theme}`);
      await photograph(page, `status-losing-${size.name}-${theme}`);
      await page.context().close();
    }
  }
}

// kept: the store has data, and a report lies in its folder where want.report names one.
async function kept(browser) {
  const page = await open(browser, base);
  await page.goto(base + "/exporters");

  // The theme is chosen, and remembered.
  await page.getByRole("button", { name: "Use dark colours" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await page.reload();
  await page.getByRole("button", { name: "Use light colours" }).waitFor();

  await page.getByRole("link", { name: "Reports" }).click();
  if (want.report) await building(page);
  if (want.report) {
    const card = page.locator(".reports > li", { hasText: want.report });
    await card.getByText("Dataset (CSV)").waitFor();
    await sound(page, "reports");
    await card.getByRole("link", { name: want.report, exact: true }).click();
    await page.waitForURL(`**/reports/${want.report}/`);
    assert.ok((await page.locator("figure, svg").count()) > 3, "the report has no figures");
    assert.deepEqual(page.wrongs, [], "the report");
  }
  if (want.report) await deleting(browser);
  await everywhere(browser, "/reports/", "reports", (p) => p.getByRole("heading", { name: "Build a report" }).waitFor());
}

// building: a report is built from the page, which can be left meanwhile.
async function building(page) {
  await page.getByText("No report has been built yet").waitFor();
  await page.getByLabel("Period").selectOption(want.report);
  await page.getByRole("button", { name: "Build", exact: true }).click();
  await page.getByRole("progressbar", { name: `How far the report of ${want.report} is` }).waitFor();
  await sound(page, "a report is being built");
  await photograph(page, "reports-building");
  await page.getByRole("link", { name: "Exporters" }).first().click();
  await page.locator(".headline").waitFor();
  await page.getByRole("link", { name: "Reports" }).click();
  await page.locator(".builds li", { hasText: /built.* at .* after/ }).waitFor({ timeout: 150000 });
  await page.locator(".reports > li", { hasText: want.report }).locator("img").waitFor();
  const zip = await page.request.get(`${base}/api/v1/reports/${want.report}/zip`);
  assert.equal((await zip.body()).subarray(0, 2).toString(), "PK");
}

// deleting: a report goes only after it was asked for twice, by keyboard here.
async function deleting(browser) {
  const page = await open(browser, base);
  await page.goto(base + "/reports/");
  const remove = page.getByRole("button", { name: `Delete the report ${want.report}` });
  await remove.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: `Delete the report ${want.report}?` }).waitFor();
  await sound(page, "a report is to be deleted");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await remove.evaluate((e) => e === document.activeElement), true, "the focus does not go back");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("No report has been built yet").waitFor();
  await page.getByText(`The report ${want.report} is deleted.`).waitFor();
  await sound(page, "a report was deleted");
  await page.context().close();
}

// everywhere looks at a page at every size and in both themes.
async function everywhere(browser, path, name, ready) {
  for (const size of sizes) {
    for (const theme of themes) {
      const page = await open(browser, base, { viewport: size, colorScheme: theme });
      await page.goto(base + path);
      await ready(page);
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
      await sound(page, `${name}, ${size.name}, ${theme}`);
      await photograph(page, `${name}-${size.name}-${theme}`);
      await page.context().close();
    }
  }
}

const steps = { empty, arriving, kept };
const browser = await launch();
try {
  await steps[step](browser);
} finally {
  await browser.close();
}
