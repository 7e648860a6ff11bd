// How soon the Overview shows data, and how much its first load weighs: node paint.mjs http://127.0.0.1:8080
// Prints JSON: paint is the median of five loads in fresh profiles, in milliseconds from the beginning of the
// navigation until the month's figures and the first chart stand on the page; octets and files are of the page,
// its styles and scripts, as they came over the wire.
import { launch, open } from "./browser.mjs";

const base = process.argv[2];
const browser = await launch();
const paints = [];
let load;
try {
  for (let i = 0; i < 5; i++) {
    const page = await open(browser, base);
    await page.goto(base + "/", { waitUntil: "commit" });
    const paint = await page.waitForFunction(
      () => document.querySelector("main select option") && document.querySelector("main [_echarts_instance_] svg") && performance.now(),
      undefined,
      { polling: "raf", timeout: 30_000 },
    );
    paints.push(await paint.jsonValue());
    load ??= await page.evaluate(() => {
      const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
      const first = parts.filter((p) => p.entryType === "navigation" || /\.(js|css)$/.test(new URL(p.name).pathname));
      return { octets: first.reduce((sum, p) => sum + p.encodedBodySize, 0), files: first.length };
    });
    await page.context().close();
  }
} finally {
  await browser.close();
}
paints.sort((a, b) => a - b);
console.log(JSON.stringify({ paint: paints[2], ...load }));
