// Who is let in, and who may change what, in Debian's Chromium against a running tributary with users.
// Called by cmd/tributary/access_test.go:
//
//   node access.mjs URL PASSWORDS(JSON)
import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { launch, open, photograph, sizes, sound, themes } from "./browser.mjs";

const [base, passwords] = process.argv.slice(2);
const password = JSON.parse(passwords);

async function fill(page, name, secret) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Log in" }).click();
}

// loggingIn: a stranger is led to the log-in page and from there to where they wanted to go; out again.
async function loggingIn(browser) {
  const page = await open(browser, base);
  page.expected = /Failed to load resource: .* 401/;
  await page.goto(base + "/manual/?search=region%20in");
  await page.waitForURL(`${base}/login?next=${encodeURIComponent("/manual/?search=region%20in")}`);
  await page.getByRole("heading", { name: "Log in to Tributary" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("name")), "username", "the first field has the focus");
  assert.equal(await page.locator("header.top").count(), 0, "no menu leads into pages that need a login");
  await sound(page, "log-in page");

  await fill(page, "alice", "not her password");
  await page.getByRole("alert").filter({ hasText: "The name or the password is wrong." }).waitFor();
  assert.equal(await page.getByLabel("Password").inputValue(), "", "the wrong password is gone");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("name")), "password");
  await sound(page, "log-in page, wrong password");
  await photograph(page, "login-wrong");

  // By keyboard alone.
  await page.keyboard.type(password.alice);
  await page.keyboard.press("Enter");
  await page.waitForURL(base + "/manual/?search=region%20in");
  const who = page.getByRole("button", { name: "Logged in as alice, editor" });
  await who.waitFor();
  const [cookie] = await page.context().cookies();
  assert.ok(cookie.httpOnly && cookie.sameSite === "Strict" && cookie.name === "tributary" && cookie.path === "/", JSON.stringify(cookie));
  assert.equal(await page.evaluate(() => document.cookie), "", "no script sees the session");

  await who.click();
  await page.getByText("Editor: sees everything").waitFor();
  await sound(page, "who is logged in");
  await photograph(page, "who");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("button", { name: "Log out" }).count(), 0, "Escape closes it");
  await who.click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL(base + "/login");
  assert.deepEqual(await page.context().cookies(), [], "the cookie is gone");
  await page.goto(base + "/exporters");
  await page.waitForURL(`${base}/login?next=%2Fexporters`);
  await page.context().close();
}

// nowhereElse: the way back after a log-in leads to a page of this console, whatever a link says.
async function nowhereElse(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked = [];
  page.on("request", (r) => asked.push(r.url()));
  await page.goto(base + "/login");
  await fill(page, "alice", password.alice);
  await page.waitForURL(base + "/");
  for (const next of ["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/.//evil.example", "/\t/evil.example", "///evil.example", "@evil.example", "/login", ""]) {
    await page.goto(`${base}/login?next=${encodeURIComponent(next)}`);
    await page.waitForURL((u) => u.pathname !== "/login");
    assert.equal(new URL(page.url()).origin, new URL(base).origin, `next=${next} leads to ${page.url()}`);
  }
  assert.deepEqual(asked.filter((u) => !u.startsWith(base) && !u.startsWith("data:")), [], "requests to elsewhere");
  await context.close();
}

// ended: when the session is over, the page that is open leads to the log-in page and back.
async function ended(browser) {
  const page = await open(browser, base);
  page.expected = /Failed to load resource: .* 401/;
  await page.goto(base + "/login?next=%2Fexporters");
  await fill(page, "bob", password.bob);
  await page.waitForURL(base + "/exporters");
  await page.getByRole("button", { name: "Logged in as bob, viewer" }).waitFor();
  await page.context().clearCookies();
  await page.waitForURL(`${base}/login?next=%2Fexporters`, { timeout: 15000 });
  await fill(page, "bob", password.bob);
  await page.waitForURL(base + "/exporters");
  await page.context().close();
}

// viewing: a viewer sees, and is refused every change, by the pages and by the API.
async function viewing(browser) {
  const page = await open(browser, base);
  page.expected = /Failed to load resource: .* 40[13]/;
  await page.goto(base + "/login?next=" + encodeURIComponent("/explore?measure=volume&by=type"));
  await fill(page, "bob", password.bob);
  await page.waitForURL((u) => u.pathname === "/explore");
  await page.getByRole("button", { name: "Saved views and ready questions" }).or(page.getByRole("button", { name: "Views" })).first().click();
  await page.getByText("saving and deleting views needs the role editor").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save", exact: true }).count(), 0);
  const change = (method, path, body) =>
    page.evaluate(async ([method, path, body]) => {
      const r = await fetch(path, { method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json" } });
      return [r.status, (await r.json()).detail];
    }, [method, path, body]);
  const [status, detail] = await change("PUT", "/api/v1/views/mine", { query: "by=type" });
  assert.equal(status, 403);
  assert.match(detail, /role editor/);
  assert.equal((await change("POST", "/api/v1/catalogue/reload"))[0], 403);
  assert.equal((await change("DELETE", "/api/v1/views/mine"))[0], 403);
  assert.equal((await change("GET", "/api/v1/audit"))[0], 403);
  await page.context().close();
}

// elsewhere: a page of another site makes the browser of an editor send what it can.
async function elsewhere(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(base + "/login");
  await fill(page, "alice", password.alice);
  await page.waitForURL(base + "/");
  const evil = createServer((_, w) => {
    w.setHeader("Content-Type", "text/html");
    w.end(`<title>evil</title><form id="f" method="post" enctype="text/plain" action="${base}/api/v1/session"><input name='{"name":"x","a":"' value='"}'></form>`);
  });
  await new Promise((ready) => evil.listen(0, "127.0.0.1", ready));
  try {
    const site = `http://localhost:${evil.address().port}`; // another site than 127.0.0.1
    await page.goto(site + "/");
    const sent = await page.evaluate(async (base) => {
      const out = [];
      for (const [method, path, type] of [["POST", "/api/v1/session", "text/plain"], ["PUT", "/api/v1/views/forged", "application/json"], ["DELETE", "/api/v1/session", "text/plain"], ["GET", "/api/v1/status", ""]]) {
        try {
          const r = await fetch(base + path, { method, credentials: "include", headers: type ? { "Content-Type": type } : {}, body: method === "GET" ? undefined : '{"query":"by=type"}' });
          out.push(`${method} ${r.status}`);
        } catch (e) {
          out.push(`${method} refused`);
        }
      }
      return out;
    }, base);
    assert.deepEqual(sent, ["POST refused", "PUT refused", "DELETE refused", "GET refused"], "no answer is readable elsewhere");
    const [answer] = await Promise.all([
      page.waitForResponse((r) => r.url() === base + "/api/v1/session"),
      page.waitForURL(base + "/api/v1/session"), // before the next navigation
      page.evaluate(() => document.getElementById("f").submit()),
    ]);
    assert.equal(answer.status(), 403, "a form of another site");
    // Whoever follows a link from there is logged in all the same.
    await page.goto(site + "/");
    await page.evaluate((to) => location.assign(to), base + "/exporters");
    await page.waitForURL(base + "/exporters");
    await page.getByRole("button", { name: "Logged in as alice, editor" }).waitFor();
    const views = await page.evaluate(async () => (await (await fetch("/api/v1/views")).json()).views);
    assert.deepEqual(views, [], "nothing was forged");
  } finally {
    evil.close();
    await context.close();
  }
}

// guessing: too many wrong passwords make everybody wait, and the page says how long.
async function guessing(browser) {
  const page = await open(browser, base);
  page.expected = /Failed to load resource: .* 4(01|29)/;
  await page.goto(base + "/login");
  for (let i = 0; i < 6; i++) {
    await fill(page, "mallory", "guess number " + i);
    await page.getByRole("alert").filter({ hasText: i < 5 ? "The name or the password is wrong." : /Too many log-ins have failed. Try again in \d+ seconds./ }).waitFor();
  }
  await sound(page, "log-in page, too many");
  await page.context().close();
}

// everywhere: the log-in page and the API's pages at every size, in both themes.
async function everywhere(browser) {
  for (const size of sizes) {
    for (const theme of themes) {
      const page = await open(browser, base, { viewport: size, colorScheme: theme });
      await page.goto(base + "/login?next=" + encodeURIComponent("/manual/api"));
      await page.getByLabel("Password").waitFor();
      await sound(page, `log-in, ${size.name}, ${theme}`);
      await photograph(page, `login-${size.name}-${theme}`);
      await fill(page, "alice", password.alice);
      await page.waitForURL(base + "/manual/api");
      await page.getByRole("heading", { name: "Saved views" }).waitFor();
      const operation = page.locator("#put-view");
      await operation.locator("summary").first().click();
      await operation.getByText("If-Match").first().waitFor();
      await operation.getByText("curl").first().waitFor();
      await sound(page, `API, ${size.name}, ${theme}`);
      await photograph(page, `api-${size.name}-${theme}`);
      await page.context().close();
    }
  }
}

const browser = await launch();
try {
  await loggingIn(browser);
  await nowhereElse(browser);
  await ended(browser);
  await viewing(browser);
  await elsewhere(browser);
  await guessing(browser);
  await everywhere(browser);
} finally {
  await browser.close();
}
