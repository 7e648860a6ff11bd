// The pages of networks and the catalogue in Debian's Chromium, against a running tributary. Called by
// cmd/tributary/networks_test.go:
//
//   node networks.mjs URL EXPECTATIONS(JSON)
import { strict as assert } from "node:assert";
import { accessible, launch, open, photograph, sizes, sound, themes } from "./browser.mjs";

const [base, expectations = "{}"] = process.argv.slice(2);
const want = JSON.parse(expectations);

const listed = (page) => page.locator(".networks .table").first().locator("tbody");
const settled = (page) => page.waitForFunction(() => !document.querySelector(".networks [aria-busy=true], .network [aria-busy=true]"));

// looks opens every page at every size and in both themes.
async function looks(browser) {
  const pages = {
    networks: ["/networks", ".networks .table"],
    unclassified: ["/networks?tab=unclassified", ".networks .table select"],
    network: [`/network?name=${encodeURIComponent(want.known)}`, ".courses"],
    "network-unknown": ["/network?name=Nobodyy", ".trouble, .empty"],
  };
  for (const size of sizes) for (const theme of themes) {
    const page = await open(browser, base, { viewport: size, colorScheme: theme });
    page.expected = /Failed to load resource: .* 404/;
    for (const [name, [path, there]] of Object.entries(pages)) {
      await page.goto(base + path);
      await page.locator(there).first().waitFor();
      await settled(page);
      const what = `${name}, ${size.name}, ${theme}`;
      await photograph(page, `${name}-${size.name}-${theme}`);
      await sound(page, what);
      if (size.name !== "laptop") await accessible(page, what);
    }
    await page.context().close();
  }
}

// finds searches, filters and sorts; all of it stands in the address.
async function finds(browser) {
  const page = await open(browser, base);
  await page.goto(base + "/networks");
  await listed(page).first().waitFor();
  const all = await listed(page).count();
  assert.ok(all > 5, `${all} networks`);
  await page.getByRole("searchbox").fill(want.known.slice(0, 6).toLowerCase());
  await page.waitForURL(/search=/);
  await page.waitForFunction((n) => document.querySelectorAll(".networks .table")[0].tBodies.length < n, all);
  await page.getByRole("link", { name: want.known, exact: true }).waitFor();
  await page.reload();
  assert.equal(await page.getByRole("searchbox").inputValue(), want.known.slice(0, 6).toLowerCase());
  await page.goto(base + "/networks");
  await page.getByRole("button", { name: "Neocloud" }).click();
  await page.waitForURL(/type=neocloud/);
  await settled(page);
  await listed(page).first().waitFor();
  const types = await listed(page).locator(".type-chip").allTextContents();
  assert.ok(types.length > 0 && types.every((t) => t === "Neocloud"), String(types));
  await page.getByRole("button", { name: "Network", exact: true }).click();
  await page.waitForURL(/sort=Network/);
  const names = await listed(page).getByRole("link").allTextContents();
  assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true })));

  // The keyboard goes along the tabs, and to a network's page.
  await page.goto(base + "/networks");
  await page.getByRole("tab", { name: "All" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/tab=unclassified/);
  await page.goBack();
  await page.getByRole("link", { name: want.known, exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: want.known }).waitFor();
  await page.locator(".courses").waitFor();
  const explore = await page.getByRole("link", { name: "Explore" }).nth(1).getAttribute("href");
  assert.ok(new URL(explore, base).searchParams.get("where").startsWith("network = "), explore);
  await sound(page, "finding");
}

const share = async (page, type) => {
  const overview = await (await page.request.get(`${base}/api/v1/overview`)).json();
  return overview.month.types.find((t) => t.network_type === type)?.share ?? 0;
};

// becomes waits until the overview's share of a type is as it should be: it may be the one of a moment ago.
async function becomes(page, type, good, what) {
  let now = await share(page, type);
  for (let i = 0; i < 100 && !good(now); i++) {
    await page.waitForTimeout(100);
    now = await share(page, type);
  }
  assert.ok(good(now), `${what}: the overview's share of ${type} is ${now}`);
  return now;
}

// classifies gives the largest network without a type one, which changes the overview; and takes it
// back, and does it again.
async function classifies(browser) {
  const page = await open(browser, base);
  const before = await share(page, "neocloud");
  await page.goto(base + "/networks?tab=unclassified");
  await listed(page).first().waitFor();
  const name = await listed(page).first().getByRole("link").textContent();
  const choose = async () => {
    await page.getByLabel(`Class ${name} as`).selectOption("neocloud");
    await page.locator(".changes .small").first().waitFor();
  };
  await choose();
  await accessible(page, "the preview");
  await sound(page, "the preview");
  await photograph(page, "classify-wall-light");
  const row = page.locator(".changes section").last().getByRole("row", { name: /Neocloud/ });
  assert.match(await row.textContent(), /\+/, "the share of the type rises");
  assert.equal(await share(page, "neocloud"), before, "a preview changes nothing");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Fresh Cloud");
  await page.getByText("name: Fresh Cloud, type: neocloud").waitFor();
  const save = page.getByRole("button", { name: "Save" });
  await save.click();
  await page.getByText("Fresh Cloud is Neocloud now").waitFor();
  await page.waitForFunction((n) => ![...document.querySelectorAll(".networks .table a")].some((a) => a.textContent === n), name);
  const after = await becomes(page, "neocloud", (s) => s > before, `more than ${before}`);

  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("link", { name, exact: true }).waitFor();
  await becomes(page, "neocloud", (s) => s === before, `undone, ${before}`);

  // From the network's own page, which goes on under the new name.
  await page.goto(`${base}/network?name=${name}`);
  await page.getByRole("button", { name: "Classify" }).click();
  await page.getByRole("radio", { name: "Neocloud" }).check();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Fresh Cloud");
  await page.getByText("name: Fresh Cloud, type: neocloud").waitFor();
  await page.waitForFunction(() => ![...document.querySelectorAll("dialog button")].find((b) => b.textContent === "Save").disabled);
  await save.click();
  await page.getByRole("heading", { level: 1, name: "Fresh Cloud" }).waitFor();
  await page.locator(".network-head").getByText("your file").waitFor();
  await page.goto(base + "/");
  await page.getByText("Neocloud").first().waitFor();
  await becomes(page, "neocloud", (s) => s === after, `classified again, ${after}`);
  await sound(page, "classified");
}

// looksOnly: a viewer is told why nothing can be changed.
async function looksOnly(browser) {
  const page = await open(browser, base);
  await page.route("**/api/v1/session", (r) => r.fulfill({ json: { name: "bob", role: "viewer", login: "password", ends: null, ways: ["password"] } }));
  await page.goto(base + "/networks?tab=unclassified");
  await page.getByText("Classifying needs the role editor; you are viewer.").waitFor();
  assert.ok(await page.locator(".networks .table select").first().isDisabled());
  assert.ok(await page.getByRole("button", { name: "Read anew" }).isDisabled());
  await page.goto(`${base}/network?name=${encodeURIComponent(want.known)}`);
  await page.getByText("Classifying needs the role editor; you are viewer.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Classify" }).isDisabled());
  await sound(page, "a viewer");
}

const browser = await launch();
try {
  await looks(browser);
  await finds(browser);
  await looksOnly(browser);
  await classifies(browser);
} finally {
  await browser.close();
}
