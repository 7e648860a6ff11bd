// The overview in Debian's Chromium, against a running tributary. Called by cmd/tributary/overview_test.go:
//
//   node overview.mjs STEP URL EXPECTATIONS(JSON)
import { strict as assert } from "node:assert";
import { accessible, launch, open, photograph, sizes, sound, themes } from "./browser.mjs";

const [step, base, expectations = "{}"] = process.argv.slice(2);
const want = JSON.parse(expectations);

// arriving: the page is open before anything arrives, and says when it shows the first flow.
async function arriving(browser) {
  const page = await open(browser, base);
  await page.goto(base + "/");
  await page.getByText("There is no data yet").waitFor();
  await sound(page, "overview, no data");
  await accessible(page, "overview, no data");
  console.log(JSON.stringify({ ready: Date.now() }));
  await page.waitForFunction(() => /b\/s/.test(document.querySelector(".hour .rate")?.textContent ?? ""), null, { timeout: 60_000, polling: 100 });
  console.log(JSON.stringify({ seen: Date.now() }));
  await page.getByText("Months, and what is compared between them").waitFor();
  await page.getByText("No baseline yet").waitFor();
  await sound(page, "overview, nothing committed");
  await accessible(page, "overview, nothing committed");
  await photograph(page, "overview-open");
}

const tile = (page, name) => page.locator(".tiles li", { hasText: name }).locator(".value");
const plain = (s) => s.replaceAll("\u00a0", " ").trim();

async function ready(page) {
  await page.waitForFunction(() => document.querySelector(".tiles .value")?.textContent.trim() && document.querySelectorAll(".drawing svg").length === 5 && document.querySelector(".strip svg rect"));
}

// kept: the numbers of the page are the dataset's; everything is reached by keyboard and leads on.
async function kept(browser) {
  const page = await open(browser, base);
  await page.goto(base + "/");
  await ready(page);
  assert.equal(plain(await tile(page, "Volume").textContent()), plain(want.volume));
  assert.equal(plain(await tile(page, "Networks").textContent()), plain(want.networks));
  for (const [name, cells] of Object.entries(want.types)) {
    const row = page.locator(".measures tbody tr", { has: page.getByRole("rowheader", { name, exact: true }) });
    for (const [label, value] of Object.entries(cells)) assert.equal(plain(await row.locator(`td[data-label="${label}"]`).textContent()), plain(value), `${name}, ${label}`);
  }
  // Nothing has jumped: what came took the room that was kept for it.
  const shift = await page.evaluate(() => new Promise((done) => {
    new PerformanceObserver((l) => done(l.getEntries().reduce((s, e) => s + (e.hadRecentInput ? 0 : e.value), 0))).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(0), 500);
  }));
  assert.ok(shift < 0.1, `the layout moved by ${shift}`);

  // The strip by keyboard: a slot is told by its time and rate, and the list beside it follows.
  const strip = page.getByRole("slider", { name: "Slot of the last hour" });
  await strip.focus();
  await page.keyboard.press("Home");
  assert.equal(await strip.getAttribute("aria-valuenow"), "1");
  assert.match(await strip.getAttribute("aria-valuetext"), /^\d\d:\d\d UTC: /);
  await page.keyboard.press("ArrowRight");
  assert.equal(await strip.getAttribute("aria-valuenow"), "2");
  await page.locator(".hour aside", { hasText: /\d\d:\d\d to \d\d:\d\d UTC/ }).waitFor();

  // Every number leads on: the type to its networks, the tile to its question, the mover to its network.
  const links = await page.locator("main a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  for (const need of ["/explore?measure=volume&by=type&range=", "/explore?measure=volume&by=network&where=type+%3D+cdn&range=", "/explore?measure=rate&by=type&range=6h", "form=heatmap", "form=flow", "/exporters"]) {
    assert.ok(links.some((l) => l.includes(need)), `no link leads to ${need}: ${links.join(" ")}`);
  }
  const cdn = page.locator(".measures").getByRole("link", { name: "CDN" });
  await cdn.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/explore?measure=volume&by=network&where=type+%3D+cdn&range=*");
  await page.goBack();
  await ready(page);

  // When the process stops answering, the page keeps what it knows and says so.
  page.expected = /Failed to load resource/;
  await page.route("**/api/v1/now", (r) => r.abort());
  await page.getByText("What happens now is not known").waitFor({ timeout: 20_000 });
  await sound(page, "overview, process gone");
  await page.unroute("**/api/v1/now");
  await page.getByText("What happens now is not known").waitFor({ state: "detached", timeout: 20_000 });
  await page.context().close();

  for (const size of sizes) {
    for (const theme of themes) {
      const p = await open(browser, base, { viewport: size, colorScheme: theme });
      await p.goto(base + "/");
      await ready(p);
      await sound(p, `overview, ${size.name}, ${theme}`);
      const cut = await p.evaluate(() => [...document.querySelectorAll("main .plot, main .strip, main table")].filter((e) => e.scrollWidth > e.clientWidth + 1 && !e.closest("details")).map((e) => `${e.className} ${e.closest(".panel")?.querySelector("h2")?.textContent}`));
      assert.deepEqual(cut, [], `cut at ${size.width} px`);
      assert.equal(await p.locator(".cue").count(), 0, `a table scrolls sideways at ${size.width} px`);
      if (theme === "light") await accessible(p, `overview, ${size.name}`);
      await photograph(p, `overview-${size.name}-${theme}`);
      await p.context().close();
    }
  }
}

const steps = { arriving, kept };
const browser = await launch();
try {
  await steps[step](browser);
} finally {
  await browser.close();
}
