// What the end-to-end tests share: Debian's Chromium, and the checks that hold for every page.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const sizes = [
  { name: "wall", width: 1600, height: 1000 },
  { name: "laptop", width: 1280, height: 800 },
  { name: "phone", width: 390, height: 844 },
];
export const themes = ["light", "dark"];

// launch starts Chromium without the connections that it makes for itself.
export function launch() {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

// open is a page that fails the test on an error in its console, which a breach of the content security
// policy is too, and on a request to any other host.
export async function open(browser, base, options = {}) {
  const context = await browser.newContext({ viewport: sizes[0], colorScheme: "light", timezoneId: "America/New_York", ...options });
  const page = await context.newPage();
  page.wrongs = [];
  page.on("console", (m) => {
    if ((m.type() === "error" || m.type() === "warning") && !page.expected?.test(m.text())) page.wrongs.push(`${m.type()}: ${m.text()}`);
  });
  page.on("pageerror", (e) => page.wrongs.push(`uncaught: ${e.message}`));
  page.on("request", (r) => {
    if (!r.url().startsWith(base) && !r.url().startsWith("data:")) page.wrongs.push(`request to ${r.url()}`);
  });
  return page;
}

// altered lets the page see another answer than the process gives. A question that the page has given up
// meanwhile is given up here too.
export function altered(page, path, change) {
  return page.route(path, async (route) => {
    try {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: change(await answer.json()) });
    } catch (e) {
      if (!page.isClosed() && !/disposed|closed|canceled/i.test(e.message)) throw e;
    }
  });
}

// sound asserts that nothing went wrong on the page so far, that it does not scroll sideways, and what
// a screen reader needs of it.
export async function sound(page, what) {
  assert.deepEqual(page.wrongs, [], what);
  const faults = await page.evaluate(() => {
    const out = [];
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over > 0) out.push(`scrolls sideways by ${over} px`);
    if (document.documentElement.lang !== "en") out.push("no language");
    if (!/ · Tributary$/.test(document.title)) out.push(`title ${document.title}`);
    if (document.querySelectorAll("h1").length > 1) out.push("two h1");
    if (!document.querySelector("main")) out.push("no main");
    let depth = 0;
    for (const h of document.querySelectorAll("h1,h2,h3,h4")) {
      const level = Number(h.tagName[1]);
      if (level > depth + 1) out.push(`heading ${h.textContent} skips a level`);
      depth = level;
    }
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    for (const id of new Set(ids)) if (ids.filter((x) => x === id).length > 1) out.push(`id ${id} twice`);
    const named = (e) =>
      (e.textContent ?? "").trim() || e.getAttribute("aria-label") || e.getAttribute("title") || (e.id && document.querySelector(`label[for="${e.id}"]`)) || e.closest("label");
    for (const e of document.querySelectorAll("a,button,select,summary,meter,[role=img],[role=region],[role=group]")) {
      if (e.closest("[aria-hidden=true]") && e.tabIndex < 0) continue; // for the mouse alone, beside another way
      const has = e.tagName === "SELECT" || e.tagName === "METER" ? e.getAttribute("aria-label") || e.closest("label") || document.querySelector(`label[for="${e.id}"]`) : named(e);
      if (!has) out.push(`no name: ${e.outerHTML.slice(0, 100)}`);
    }
    for (const e of document.querySelectorAll("[aria-labelledby],[aria-controls]")) {
      const id = e.getAttribute("aria-labelledby");
      if (id && !document.getElementById(id)) out.push(`labelled by nothing: ${id}`);
    }
    for (const e of document.querySelectorAll("table")) {
      if (!e.querySelector("thead th[scope=col]")) out.push("a table without column heads");
    }
    for (const e of document.querySelectorAll("svg")) {
      if (!e.closest("[role=img],[aria-hidden=true]")) out.push(`an unnamed picture: ${e.outerHTML.slice(0, 80)}`);
    }
    return out;
  });
  assert.deepEqual(faults, [], what);
  assert.deepEqual(await contrast(page), [], what);
  await accessible(page, what);
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// accessible asserts that axe-core finds nothing. Drawings are left out: they are named as a whole and
// have their numbers beside them. Contrast is looked at by sound, which knows what lies dimmed.
export async function accessible(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const r = await axe.run({ exclude: ["svg"] }, { resultTypes: ["violations"], rules: { "color-contrast": { enabled: false } } });
    return r.violations.map((v) => ({ rule: v.id, where: v.nodes.slice(0, 5).map((n) => n.html.slice(0, 160)) }));
  });
  assert.deepEqual(found, [], `${what}: accessibility`);
}

// contrast lists texts whose colour is closer to their background than WCAG 2.2 AA allows. Drawn
// figures are not looked at: internal/figure tests their palette.
function contrast(page) {
  return page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (e) => {
      for (; e; e = e.parentElement) {
        const c = rgba(getComputedStyle(e).backgroundColor);
        if (c[3] === 255) return c;
      }
      return [255, 255, 255];
    };
    const out = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const e = texts.currentNode.parentElement;
      if (!texts.currentNode.textContent.trim() || e.closest("svg,script,noscript,.unseen,.skip,option,.old")) continue;
      const style = getComputedStyle(e);
      const a = light(rgba(style.color)), b = light(behind(e));
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) out.add(`contrast ${ratio.toFixed(2)}: ${texts.currentNode.textContent.trim().slice(0, 40)}`);
    }
    return [...out];
  });
}

// photograph keeps a picture of the page where PICTURES names a folder.
export async function photograph(page, name) {
  if (!process.env["PICTURES"]) return;
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${process.env["PICTURES"]}/${name}.png`, fullPage: true });
}
