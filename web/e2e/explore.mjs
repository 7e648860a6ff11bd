// The explore page in Debian's Chromium, against a running tributary whose store holds a simulated
// quarter. Called by cmd/tributary/explorepage_test.go:
//
//   node explore.mjs STEP URL EXPECTATIONS(JSON)
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { accessible, altered, launch, open, photograph, sizes, sound, themes } from "./browser.mjs";

const [step, base, expectations = "{}"] = process.argv.slice(2);
const want = JSON.parse(expectations);

const month = want.month;
const at = (query) => `${base}/explore?${query}`;
const drawn = (page) => page.locator(".explore-drawing svg").first().waitFor();
const settled = async (page) => {
  await page.locator(".answer:not(.old)").waitFor();
  await page.waitForTimeout(60); // a frame or two: ECharts draws in the next
};
const query = (page) => new URL(page.url()).searchParams;
const numbers = (page) => page.locator(".answer-table tbody tr");

const forms = {
  area: `measure=volume&by=type&range=${month}&form=area`,
  lines: `measure=uniqueness&by=type&range=${month}&step=1d&form=lines&scale=log&previous=true`,
  bars: `measure=volume&by=network&range=${month}&top=20&previous=true&form=bars`,
  heatmap: `measure=magnitude&by=type,region&range=${month}&form=heatmap&scale=log`,
  rhythm: `measure=rate&by=link&range=7d&form=heatmap`,
  flow: `measure=volume&by=type,region,link.kind&range=${month}&form=flow`,
  map: `measure=volume&by=country&range=${month}&form=map&scale=log`,
  table: `measure=share&by=type&range=7d&step=1d&form=table`,
};

// shown: every form at every size in both themes.
async function shown(browser) {
  for (const size of [sizes[0], sizes[2]]) {
    for (const theme of themes) {
      const page = await open(browser, base, { viewport: size, colorScheme: theme });
      for (const [form, q] of Object.entries(forms)) {
        await page.goto(at(q));
        await settled(page);
        if (form === "table") await numbers(page).first().waitFor();
        else await drawn(page);
        assert.ok((await numbers(page).count()) > 1, `${form}: rows`);
        await sound(page, `${form}, ${size.name}, ${theme}`);
        await photograph(page, `explore-${form}-${size.name}-${theme}`);
      }
      if (size.name === "phone") {
        await page.getByRole("button", { name: "Change the question" }).click();
        await page.getByLabel("Measure").waitFor();
        await sound(page, `the question, ${theme}`);
        await photograph(page, `explore-question-phone-${theme}`);
      }
      await page.context().close();
    }
  }
}

// rules: what cannot be asked or shown says why.
async function rules(page) {
  await page.goto(base + "/explore");
  await settled(page);
  await drawn(page);
  assert.match(await page.locator("h1").textContent(), /^Average rate by network type, last 7 days$/);
  assert.equal(await page.getByRole("navigation", { name: "Ready questions" }).getByRole("link").count(), 8);
  await accessible(page, "explore");
  const choose = async (name, value) => (await page.getByLabel(name, { exact: true }).selectOption(value), settled(page));
  await choose("Measure", "uniqueness");
  assert.equal(query(page).get("form"), "lines", "what does not add up is not stacked");
  const area = page.getByRole("button", { name: "Stacked area" });
  assert.equal(await area.getAttribute("aria-disabled"), "true");
  assert.match(await area.getAttribute("title"), /does not add up/);
  const country = page.getByLabel("First dimension").locator("option[value=country]");
  assert.ok(await country.isDisabled());
  assert.match(await country.getAttribute("title"), /not known by country/);
  await choose("Measure", "volume");
  await choose("Second dimension", "region");
  await page.getByRole("button", { name: "Flow" }).click();
  await settled(page);
  assert.equal(query(page).get("form"), "flow");
  assert.equal(query(page).get("by"), "type,region");
  await page.goBack();
  assert.notEqual(query(page).get("form"), "flow", "Back is the question before");
}

// filter: completed by the keyboard, coloured, and its mistake marked where it is.
async function filter(page) {
  await page.goto(at(`measure=volume&by=type&range=${month}&form=area`));
  await settled(page);
  const field = page.getByLabel("Where");
  await field.click();
  await page.keyboard.type("ty");
  await page.getByRole("option", { name: /^type/ }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await field.inputValue(), "type ");
  await page.keyboard.type("= neo");
  await page.getByRole("option", { name: /^neocloud/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.getByRole("option", { selected: true }).locator("code").textContent(), "neocloud");
  await accessible(page, "explore, completing");
  await page.keyboard.press("Enter");
  assert.equal(await field.inputValue(), "type = neocloud ");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.waitForURL((u) => u.searchParams.get("where") === "type = neocloud");
  await settled(page);
  assert.deepEqual(await numbers(page).allTextContents().then((t) => t.length), 1);
  assert.equal(await page.locator(".filter-colours .t-field").textContent(), "type");

  await field.fill("type = neocloud and regio = US-West or type = cdn");
  await page.locator(".filter-colours u").waitFor();
  assert.equal(await page.locator(".filter-colours u").textContent(), "regio");
  assert.match(await page.locator(".filter-message").textContent(), /regio/);
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  page.expected = /Failed to load resource: .* 400/;
  await page.keyboard.press("Enter");
  await page.locator(".trouble", { hasText: "There is no newer answer" }).waitFor();
  await sound(page, "explore, a wrong filter");
  await photograph(page, "explore-wrong-filter");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await settled(page);
  assert.equal(query(page).get("where"), null);
}

// drill: from types to networks to one network, and back by the browser.
async function drill(page) {
  const start = at(`measure=volume&by=type&range=${month}&step=1d&form=area`);
  await page.goto(start);
  await settled(page);
  await drawn(page);
  const box = await page.locator(".explore-drawing").boundingBox();
  await page.mouse.click(box.x + box.width * 0.6, box.y + box.height - 45); // the lowest band
  await page.waitForURL((u) => u.searchParams.get("by") === "network");
  assert.equal(query(page).get("where"), "type = isp-regional");
  await settled(page);
  const first = numbers(page).first().getByRole("link");
  const network = await first.textContent();
  assert.equal(await first.getAttribute("href"), "/network?name=" + encodeURIComponent(network));
  await first.click();
  await page.waitForURL((u) => u.pathname === "/network");
  await page.goBack();
  await settled(page);
  await page.goBack();
  assert.equal(page.url(), start);
  await settled(page);

  // The menu leaves a row out, by keyboard alone.
  await page.getByRole("button", { name: "What can be done with CDN" }).press("Enter");
  await page.getByRole("menuitem", { name: "Not CDN" }).waitFor();
  await accessible(page, "explore, a row's menu");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.waitForURL((u) => u.searchParams.get("where") === "not type = cdn");
  await settled(page);
  assert.equal(await page.locator(".answer-table [data-keys=cdn]").count(), 0);
}

// zoom: a stretch of the time axis is marked, and left again.
async function zoom(page) {
  const start = at(`measure=rate&by=type&range=${month}&step=1h&form=area`);
  await page.goto(start);
  await settled(page);
  await drawn(page);
  const box = await page.locator(".explore-drawing").boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
  await page.locator(".mark-box").waitFor({ state: "visible" });
  await page.mouse.up();
  await page.waitForURL((u) => u.searchParams.get("range")?.includes(".."));
  assert.match(query(page).get("range"), new RegExp(`^${month}-1\\dT\\d\\d:00\\.\\.${month}-1\\dT\\d\\d:00$`));
  await settled(page);
  const narrow = page.url();
  await page.getByRole("button", { name: "Wider" }).click();
  await page.waitForURL((u) => u.href !== narrow);
  await page.goBack();
  await page.goBack();
  assert.equal(page.url(), start);
  await page.getByRole("button", { name: "Earlier by one range" }).click();
  await page.waitForURL((u) => u.searchParams.get("range") === want.before);
}

// ranges: a double click widens, a range of one's own is typed, and what has a wrong form says so.
async function ranges(page) {
  const start = at(`measure=volume&by=type&range=${month}-10T00:00..${month}-12T00:00&step=1h&form=bars`);
  await page.goto(start);
  await settled(page);
  await drawn(page);
  assert.ok((await page.locator(".legend button").count()) > 5, "bars over time have a legend");
  await sound(page, "explore, bars over time");
  await photograph(page, "explore-bars-over-time");
  const box = await page.locator(".explore-drawing").boundingBox();
  await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 12);
  await page.waitForURL((u) => u.searchParams.get("range")?.startsWith(`${month}-08`));
  assert.equal(query(page).get("by"), "type", "a double click goes into nothing");
  await settled(page);

  await page.getByRole("button", { name: "From … to" }).click();
  await page.getByLabel("From, UTC").fill("yesterday");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("From has to be a day or a time in UTC").waitFor();
  await page.getByLabel("From, UTC").fill(`${month}-03 10:05`);
  await page.getByLabel("To, UTC (not included)").fill(`${month}-03 10:05`);
  await page.keyboard.press("Enter");
  await page.getByText("at least five minutes after it begins").waitFor();
  await page.getByLabel("To, UTC (not included)").fill(`${month}-03 12:00`);
  await page.keyboard.press("Enter");
  await page.waitForURL((u) => u.searchParams.get("range") === `${month}-03T10:05..${month}-03T12:00`);
  await settled(page);
}

// lively: a range that runs with the clock is asked again by itself, until it is paused.
async function lively(page) {
  await page.clock.install();
  let asked = 0;
  page.on("request", (r) => void (asked += r.url().includes("/api/v1/explore?") ? 1 : 0));
  await page.goto(at("measure=rate&by=type&range=1h&step=5m&form=lines"));
  await settled(page);
  const before = asked;
  await page.clock.fastForward(11_000);
  await settled(page);
  assert.ok(asked > before, "it is asked again by itself");
  await page.getByRole("button", { name: "Live" }).click();
  await page.getByRole("button", { name: "Paused" }).waitFor();
  await settled(page);
  const paused = asked;
  await page.clock.fastForward(60_000);
  await settled(page);
  assert.equal(asked, paused, "what is paused asks nothing");
  await page.goto(at(`measure=rate&by=type&range=${month}&form=lines`));
  await settled(page);
  assert.equal(await page.getByRole("button", { name: /^(Live|Paused)$/ }).count(), 0, "a month that is over does not change");
}

// equal: the numbers of the table are those of the dataset, to the last digit.
async function equal(page) {
  const dataset = JSON.parse(readFileSync(want.dataset, "utf8"));
  const cell = (region, type, direction = "both", version = "all") =>
    dataset.find((r) => r.month === month && r.region === region && r.network_type === type && r.direction === direction && r.ip_version === version);
  const columns = { volume: "bits", rate: "bps_avg", p95: "bps_p95", max: "bps_max", uniqueness: "unique_ips", magnitude: "magnitude", networks: "networks" };
  let walked = 0;
  const walk = async (q, cellOf, column) => {
    await page.goto(at(`${q}&range=${month}&step=whole&top=100&form=table`));
    await settled(page);
    const rows = await page.locator(".answer-table tr[data-keys]").evaluateAll((trs) => trs.filter((t) => t.dataset.sum !== "others").map((t) => ({ keys: t.dataset.keys, ...t.querySelector(".value").dataset })));
    for (const r of rows) {
      const c = cellOf(r.keys ? r.keys.split("|") : []);
      const where = `${q}, ${r.keys || "total"}`;
      assert.ok(c, `${where}: the dataset has no such cell`);
      assert.equal(Number(r.value), c[column] ?? 0, where);
      if (column === "unique_ips") assert.deepEqual([Number(r.low), Number(r.high)], [c.unique_ips_low, c.unique_ips_high], where);
      if (column === "bits" && r.error) assert.equal(Number(r.error), c.bits_error, where);
      walked++;
    }
    return rows.length;
  };
  for (const [measure, column] of Object.entries(columns)) {
    const rows = await walk(`measure=${measure}&by=type,region`, ([type, region] = ["all", "all"]) => cell(region ?? "all", type ?? "all"), column);
    assert.ok(rows > 20, `${measure}: ${rows} rows`);
    await walk(`measure=${measure}&by=direction,ip.version&where=region+%3D+US-West+and+type+%3D+cdn`, ([d, v] = []) => cell("US-West", "cdn", d ?? "both", v ?? "all"), column);
  }
  await walk("measure=share&by=type", ([type] = []) => cell("all", type ?? "all"), "share");
  await walk("measure=share&by=type&where=region+%3D+US-West", ([type] = []) => cell("US-West", type ?? "all"), "share");
  console.log(`${walked} cells equal the dataset's`);
}

// files: what is exported, and the command that asks the same.
async function files(page) {
  await page.goto(at(`measure=volume&by=type&where=region+%3D+US-West&range=${month}&step=1d&form=area`));
  await settled(page);
  await drawn(page);
  const path = "/api/v1/explore?" + new URLSearchParams({ measure: "volume", by: "type", where: "region = US-West", range: month, step: "1d", top: "10" });
  const answer = await page.evaluate((p) => fetch(p).then((r) => r.json()), path);
  const exported = async (name) => {
    await page.getByRole("button", { name: "Export" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.locator(".export .acts li > *", { hasText: new RegExp(`^${name}`) }).click()]);
    return { name: file.suggestedFilename(), body: readFileSync(await file.path()) };
  };
  const json = await exported("JSON");
  assert.deepEqual(JSON.parse(json.body).rows, answer.rows);
  const csv = (await exported("CSV")).body.toString();
  assert.match(csv.split("\n")[0], /bits/);
  assert.ok(csv.split("\n").length > answer.times.length, "a line a step");
  const svg = (await exported("SVG")).body.toString();
  assert.match(svg, /^<svg xmlns/);
  for (const text of ["Volume by network type", "Where region = US-West", "Source: ", "ISP regional"]) assert.ok(svg.includes(text), `the SVG says ${text}`);
  assert.ok(!/href|url\(http|<image|<script/.test(svg), "the SVG refers to nothing");
  const png = (await exported("PNG")).body;
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  assert.equal(png.readUInt32BE(16), 2400, "the PNG is twice as wide");

  await page.getByRole("button", { name: "Export" }).click();
  await page.getByText("Copy as curl").click();
  await page.getByText("Command copied").waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(command, /^curl -sS 'http/);
  assert.deepEqual(JSON.parse(execFileSync("sh", ["-c", command])).rows, answer.rows);
  await sound(page, "explore, exported");
}

// waiting: a long question is shown, can be cancelled, and leaves the old picture in sight.
async function waiting(page) {
  await page.goto(at(`measure=volume&by=type&range=${month}&form=area`));
  await settled(page);
  let slow = true;
  await page.route("**/api/v1/explore?*", async (r) => {
    if (slow) await new Promise((done) => setTimeout(done, 4000));
    await r.continue().catch(() => {}); // the page has cancelled it
  });
  await page.getByLabel("First dimension").selectOption("region");
  await page.getByText("Asking …").waitFor();
  assert.ok(await page.locator(".answer.old").isVisible(), "the old answer stays, dimmed");
  await sound(page, "explore, asking");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Cancelled.").waitFor();
  slow = false;
  await page.getByRole("button", { name: "Ask again" }).click();
  await settled(page);
  assert.ok(await page.locator(".answer-table [data-keys=US-West]").isVisible());
  await page.unroute("**/api/v1/explore?*");

  page.expected = /Failed to load resource/;
  await page.route("**/api/v1/explore?*", (r) => r.abort());
  await page.getByLabel("First dimension").selectOption("link");
  await page.getByText("The process does not answer").waitFor();
  await page.unroute("**/api/v1/explore?*");
  await page.goto(at(`measure=volume&by=type&where=network+%3D+%22nobody+at+all%22&range=${month}&form=area`));
  await page.getByText("Nothing was exchanged here.").waitFor();
  await sound(page, "explore, nothing");
  await photograph(page, "explore-nothing");
}

// saved: a view is kept under a name; a viewer cannot.
async function saved(page) {
  await page.goto(at(`measure=p95&by=link&where=link.kind+%3D+transit&range=${month}&form=bars&top=20`));
  await settled(page);
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByText("None yet.").waitFor();
  await page.getByLabel("Save this question as").fill("Transit, p95");
  await page.getByLabel("About (optional)").fill("What transit is billed by");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("View Transit, p95 saved.").waitFor();
  await page.getByRole("button", { name: "Share Transit, p95" }).click();
  await page.getByText("Link copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${base}/explore?view=Transit%2C%20p95`);
  await accessible(page, "explore, views");
  await sound(page, "explore, views");
  await photograph(page, "explore-views");
  await page.keyboard.press("Escape");

  await altered(page, "**/api/v1/session", (s) => ({ ...s, role: "viewer" }));
  await page.reload();
  await settled(page);
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByText("saving and deleting views needs the role editor").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Delete/ }).count(), 0);
  await page.unroute("**/api/v1/session");
}

// kept: the view is there after a restart, and is deleted after a second word.
async function kept(browser) {
  const page = await open(browser, base);
  await page.goto(base + "/explore?view=Transit%2C%20p95");
  await page.waitForURL((u) => u.searchParams.get("measure") === "p95");
  assert.equal(query(page).get("where"), "link.kind = transit");
  await settled(page);
  await drawn(page);
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByText("What transit is billed by").waitFor();
  await page.getByRole("button", { name: "Delete Transit, p95" }).click();
  await page.getByText("Delete it for everybody?").waitFor();
  await page.getByRole("button", { name: "Delete Transit, p95" }).click();
  await page.getByText("None yet.").waitFor();
  await sound(page, "explore, after a restart");
  await page.goto(base + "/explore?view=Transit%2C%20p95");
  await page.getByText("There is no view called Transit, p95").waitFor();
}

async function ask(browser) {
  const page = await open(browser, base, { permissions: ["clipboard-read", "clipboard-write"] });
  for (const part of [rules, filter, drill, zoom, ranges, files, waiting, saved, equal]) {
    page.expected = undefined;
    try {
      await part(page);
    } catch (e) {
      await photograph(page, "explore-failed");
      throw new Error(`${part.name}: ${e.stack}`);
    }
  }
  await lively(await open(browser, base));
  await shown(browser);
}

const browser = await launch();
try {
  await { ask, kept }[step](browser);
} finally {
  await browser.close();
}
