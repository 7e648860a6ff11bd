// Photographs every page of the console over the demo's store, dark and light, at 1,600 and 390 pixels,
// into small WebP files:
//
//   node web/e2e/pictures.mjs TRIBUTARY DEMO OUT
//
// TRIBUTARY is the program, DEMO a folder that `tributary demo --data DEMO --fill-only` has filled, OUT
// the folder of the pictures. The demo's time stands still, so the same pages give the same pictures.
import { strict as assert } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./browser.mjs";

const [program, demo, out] = process.argv.slice(2);
assert(program && demo && out, "usage: pictures.mjs TRIBUTARY DEMO OUT");

const pages = [
  { name: "overview", path: "/" },
  { name: "explore", path: "/explore?measure=volume&by=type&range=2026-06&form=area", wait: "canvas, svg" },
  { name: "explore-flow", path: "/explore?measure=volume&by=type,region&range=2026-06&form=flow", wide: true },
  { name: "explore-map", path: "/explore?measure=volume&by=country&range=2026-06&form=map", wide: true },
  { name: "explore-heatmap", path: "/explore?measure=magnitude&by=type,region&range=2026-06&form=heatmap", wide: true },
  { name: "networks", path: "/networks" },
  { name: "network", path: "/network?name=CoreWeave" },
  { name: "reports", path: "/reports/" },
  { name: "manual", path: "/manual/howto/export-flows" },
  { name: "api", path: "/manual/api" },
];
const afterLogin = [{ name: "login", path: "/login" }];
const whileSent = [{ name: "exporters", path: "/exporters" }]; // the demo's routers have sent all they had

const shapes = [
  { suffix: "", viewport: { width: 1600, height: 1000 }, scale: 1, width: 1200, most: 90_000 },
  { suffix: "-phone", viewport: { width: 390, height: 844 }, scale: 2, width: 585, most: 40_000 },
];

const port = 18300 + (process.pid % 500);
const base = `http://127.0.0.1:${port}`;

// serve runs the program over the demo with more lines of configuration, until stop is called.
async function serve(lines, folder = demo) {
  const plain = readFileSync(join(folder, "tributary.yaml"), "utf8").replace(/^console:.*\n/m, "");
  const config = join(folder, "pictures.yaml");
  writeFileSync(config, `${plain}\nconsole:\n  listen: "127.0.0.1:${port}"\n${lines}`);
  const child = spawn(program, ["-c", config, "run"], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  for (let i = 0; ; i++) {
    const up = await fetch(`${base}/healthz`).then((r) => r.ok, () => false);
    if (up) break;
    assert(i < 300 && child.exitCode === null, "the program does not serve");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(config);
  };
}

// small makes of a PNG a WebP of the given width and at most so many octets, in the browser.
async function small(page, png, width, most) {
  const url = await page.evaluate(async ({ png, width, most }) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = Math.round((image.height * width) / image.width);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    let url = "";
    for (let quality = 0.86; quality > 0.3; quality -= 0.06) {
      url = canvas.toDataURL("image/webp", quality);
      if (url.length * 0.75 < most) break;
    }
    return url;
  }, { png: png.toString("base64"), width, most });
  return Buffer.from(url.split(",")[1], "base64");
}

async function photograph(browser, list) {
  const studio = await (await browser.newContext()).newPage(); // without the console's policy, to make WebP in
  for (const theme of ["light", "dark"]) {
    for (const shape of shapes) {
      const context = await browser.newContext({ viewport: shape.viewport, deviceScaleFactor: shape.scale, colorScheme: theme, reducedMotion: "reduce" });
      const page = await context.newPage();
      for (const { name, path, wide } of list) {
        if (wide && shape.suffix) continue;
        await page.goto(base + path, { waitUntil: "load" });
        await page.waitForLoadState("networkidle", { timeout: 30_000 }).catch(() => {}); // pages that ask again and again
        await page.waitForFunction(() => ![...document.querySelectorAll(".unseen")].some((e) => /^Loading/.test(e.textContent)) && !document.querySelector(".wait"), null, { timeout: 60_000 }).catch(() => console.log(`${path} is still loading`));
        await page.waitForTimeout(1200); // charts come into their places
        const file = join(out, `${name}${shape.suffix}-${theme}.webp`);
        writeFileSync(file, await small(studio, await page.screenshot(), shape.width, shape.most));
        console.log(`${file} ${statSync(file).size}`);
      }
      await context.close();
    }
  }
}

// photographSent photographs what is seen while routers send: simulated ones, to a store of their own.
async function photographSent(browser) {
  const folder = mkdtempSync(join(tmpdir(), "tributary-"));
  const to = `127.0.0.1:${port + 1}`;
  const config = execFileSync(program, ["simulate", "--to", to, "--print-config"]).toString();
  writeFileSync(join(folder, "tributary.yaml"), `${config}listen: ["${to}"]\n`);
  const stop = await serve("", folder);
  const sender = spawn(program, ["simulate", "--to", to, "--rate", "20"], { stdio: "ignore" });
  try {
    await new Promise((resolve) => setTimeout(resolve, 60_000)); // rates need half a minute
    await photograph(browser, whileSent);
  } finally {
    sender.kill();
    await stop();
    rmSync(folder, { recursive: true });
  }
}

mkdirSync(out, { recursive: true });
const report = join(demo, "data", "reports", "2026Q2");
if (!existsSync(report)) execFileSync(program, ["-c", join(demo, "tributary.yaml"), "report", "2026Q2", "-o", report], { stdio: ["ignore", "ignore", "inherit"] });
const browser = await launch();
try {
  const stop = await serve("");
  await photograph(browser, pages).finally(stop);
  const user = execFileSync(program, ["password", "ana"], { input: "a password of some words\n" }).toString();
  const stopAgain = await serve(user.replace(/^console:\n/, ""));
  await photograph(browser, afterLogin).finally(stopAgain);
  await photographSent(browser);
} finally {
  await browser.close();
}
