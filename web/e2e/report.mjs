// A report in Debian's Chromium, opened from disk. Called by the tests of internal/report and
// cmd/tributary:
//
//   node report.mjs FOLDER EXPECTATIONS(JSON)
//
// FOLDER holds the report; expectations are figures (names, in order), title, and notices (heads).
// It prints the page to FOLDER/print.pdf, which the caller looks into.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { launch, open, photograph, themes } from "./browser.mjs";

const [folder, expectations] = process.argv.slice(2);
const want = JSON.parse(expectations);
const address = (name) => pathToFileURL(`${folder}/${name}`).href;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = [{ name: "desk", width: 1400, height: 1000 }, { name: "phone", width: 390, height: 844 }];

// faults is what is wrong with a page for every reader: it scrolls sideways, an anchor stands twice
// or leads nowhere, a heading skips a level.
const faults = () => {
  const out = [];
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) out.push(`scrolls sideways by ${over} px`);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((x) => x === id).length > 1) out.push(`id ${id} twice`);
  for (const a of document.querySelectorAll('a[href^="#"]')) if (!document.getElementById(a.hash.slice(1))) out.push(`${a.hash} leads nowhere`);
  let depth = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4")) {
    if (Number(h.tagName[1]) > depth + 1) out.push(`heading ${h.textContent} skips a level`);
    depth = Number(h.tagName[1]);
  }
  return out;
};

// seen is what of every figure is visible: its name, how many pictures, and how wide they are.
const seen = () =>
  [...document.querySelectorAll("figure")].map((f) => {
    const shown = [...f.querySelectorAll("svg")].filter((s) => s.checkVisibility() && s.getBoundingClientRect().height > 60);
    const box = shown[0]?.getBoundingClientRect();
    return { name: f.id, pictures: shown.length, inside: !!box && box.left >= 0 && box.right <= innerWidth, marks: shown[0]?.querySelectorAll("path,rect,text").length ?? 0 };
  });

// accessible asks axe-core. What is drawn inside a picture is nothing that a screen reader reads, and its
// contrasts are tested where its palette is: it is taken away first, or axe-core would look at every
// path of it for minutes. So this is the last thing that is done with a page.
async function accessible(page, what) {
  await page.evaluate(() => { for (const s of document.querySelectorAll("svg")) s.replaceChildren(); });
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const r = await axe.run(document, { resultTypes: ["violations"] });
    return r.violations.map((v) => ({ impact: v.impact, rule: v.id, where: v.nodes.slice(0, 5).map((n) => n.html.slice(0, 160)) }));
  });
  assert.deepEqual(found.filter((v) => v.impact === "serious" || v.impact === "critical"), [], `${what}: accessibility`);
}

// complete asserts that every figure is to be seen, once, inside the page.
async function complete(page, what) {
  const figures = await page.evaluate(seen);
  assert.deepEqual(figures.map((f) => f.name), want.figures, what);
  for (const f of figures) assert.ok(f.pictures === 1 && f.inside && f.marks > 5, `${what}: figure ${f.name}: ${JSON.stringify(f)}`);
  const heads = await page.locator(".notice strong").allTextContents();
  assert.deepEqual(heads, want.notices, what);
}

// tells asserts that every figure says a value to a mouse and to the arrow keys.
async function tells(page, what) {
  const tip = page.locator("#tip");
  for (const name of want.figures) {
    const picture = page.locator(`figure[id="${name}"] svg:visible`);
    const parts = picture.locator("[data-tip]");
    const n = await parts.count();
    assert.ok(n > 0, `${what}: figure ${name} tells no values`);
    const part = parts.nth(Math.floor(n / 2));
    await part.scrollIntoViewIfNeeded();
    // Parts may cover each other, and a band is not where its box is: what lies at a point must be said.
    const point = await part.evaluate((e) => {
      const b = e.getBoundingClientRect();
      const at = [b.left + b.width / 2, b.top + b.height / 2];
      const inside = e.getPointAtLength && e.tagName === "path" ? e.getPointAtLength(0.5).matrixTransform(e.getScreenCTM()) : null;
      return inside ? [inside.x + 1, inside.y + 0.5] : at;
    });
    await page.mouse.move(0, 0);
    await page.mouse.move(...point);
    const under = await page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.closest("[data-tip]")?.dataset.tip ?? "", point);
    assert.ok(under !== "", `${what}: nothing to tell at ${point} of figure ${name}`);
    assert.equal(await tip.isVisible(), true, `${what}: figure ${name} says nothing to a mouse`);
    const said = (await tip.innerText()).replace(/\s+/g, "");
    assert.equal(said, under.replace(/\s+/g, ""), `${what}: figure ${name}`);
    const box = await tip.boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= page.viewportSize().width, `${what}: the value of figure ${name} leaves the window`);
    await page.keyboard.press("Escape");
    assert.equal(await tip.isVisible(), false, `${what}: Escape leaves the value`);

    await picture.focus();
    await page.keyboard.press("ArrowRight");
    const first = await tip.innerText();
    assert.ok(first.trim() !== "", `${what}: figure ${name} says nothing to the keyboard`);
    if (n > 1) {
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowDown");
      assert.ok(await tip.isVisible(), `${what}: figure ${name} falls silent`);
    }
    await page.keyboard.press("Tab");
    assert.equal(await tip.isVisible(), false, `${what}: figure ${name} goes on when it is left`);
  }
}

// contents asserts that the contents lead to the chapters, by the way that the window has.
async function contents(page, size) {
  const chapter = page.locator("h3[id^=chapter-]").last();
  const id = await chapter.getAttribute("id");
  if (size.name === "phone") await page.locator("details.toc summary").click();
  await page.locator(`nav:visible a[href="#${id}"]`).click();
  await page.waitForFunction((id) => {
    const top = document.getElementById(id).getBoundingClientRect().top;
    return top >= 0 && innerHeight > top;
  }, id);
  if (size.name === "phone") assert.equal(await page.locator("details.toc[open]").count(), 0, "the contents stay open over the page");
}

const browser = await launch();
try {
  for (const size of sizes) {
    for (const colorScheme of themes) {
      const what = `${size.name}, ${colorScheme}`;
      const page = await open(browser, address("index.html"), { viewport: size, colorScheme });
      await page.goto(address("index.html"));
      assert.equal(await page.title(), want.title);
      const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)");
      assert.equal(dark, colorScheme === "dark", `${what}: the background`);
      await complete(page, what);
      assert.deepEqual(await page.evaluate(faults), [], what);
      await photograph(page, `report-${size.name}-${colorScheme}`);
      if (colorScheme === "light") {
        await tells(page, what);
        await contents(page, size);
      }
      await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = true; });
      assert.deepEqual(await page.evaluate(faults), [], `${what}, unfolded`);
      // The phone's dark page has the colours of the desk's and the parts of the phone's light one.
      const unseen = size.name === "desk" || colorScheme === "light";
      if (unseen) await accessible(page, `${what}, unfolded`);
      assert.deepEqual(page.wrongs, [], what);

      const methods = await open(browser, address("methods.html"), { viewport: size, colorScheme });
      await methods.goto(address("methods.html"));
      assert.deepEqual(await methods.evaluate(faults), [], `methods, ${what}`);
      await photograph(methods, `methods-${size.name}-${colorScheme}`);
      if (unseen) await accessible(methods, `methods, ${what}`);
      assert.deepEqual(methods.wrongs, [], `methods, ${what}`);
      await page.context().close();
      await methods.context().close();
    }
    const still = await open(browser, address("index.html"), { viewport: size, javaScriptEnabled: false });
    await still.goto(address("index.html"));
    await complete(still, `${size.name}, without scripts`);
    await still.context().close();
  }

  // On paper: no picture is larger than a page, and none of those for a phone is on it.
  const paper = await open(browser, address("index.html"), { viewport: { width: 673, height: 983 }, colorScheme: "dark" });
  await paper.goto(address("index.html"));
  await paper.emulateMedia({ media: "print" });
  await complete(paper, "print");
  const tall = await paper.evaluate(() => [...document.querySelectorAll(".picture")].filter((p) => p.getBoundingClientRect().height > 983).map((p) => p.parentNode.id));
  assert.deepEqual(tall, [], "figures that no page holds");
  await paper.emulateMedia({ media: null });
  await paper.pdf({ path: `${folder}/print.pdf`, preferCSSPageSize: true });
  assert.deepEqual(paper.wrongs, [], "print");
} finally {
  await browser.close();
}
