// The whole walk: a held change appears by itself, two reviewers release it, the waiting command returns.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { links, scratch, submitAndWait, tokens, trouble, until, url, visit } from "./harness.mjs";
import { held } from "./plans.mjs";

/** Approves the change that `page` shows, in whichever way the page offers. */
async function approve(page, address, comment) {
  if (await page.locator("html.js").count()) {
    await page.click('#live-bar >> text="Approve…"');
    await page.waitForSelector("#approve-dialog[open]");
  }
  await page.fill("#approve-comment", comment);
  await page.fill("#approve-confirm", address);
  await page.click('text="Approve this change"');
  await page.waitForURL(/\/changes\/chg_[0-9A-Z]+#answer$/);
}

async function walk(name, visitors) {
  const [first, second] = visitors;
  const file = scratch(`${name}.json`);
  writeFileSync(file, JSON.stringify(held(name)));
  const script = (await first.locator("html.js").count()) > 0;
  const rows = first.locator(`.row-link[href^="/changes/chg_"]`, { hasText: "pipeline demo-pipeline wants to delete 1 in production" });
  const links = () => rows.evaluateAll((all) => all.map((row) => row.getAttribute("href")));
  // A change that was released a moment ago may still be shown.
  const before = new Set(await links());
  const waiting = submitAndWait(file);
  const fresh = await until("the change in the queue", async () => {
    if (!script) await first.reload();
    return (await links()).find((link) => !before.has(link));
  });
  assert.match(await first.title(), /^\(\d+\) Queue/);
  await first.locator(`.row-link[href="${fresh}"]`).first().click();
  await first.waitForSelector("#answer");
  const page = first.url();
  assert.match(await first.locator("h1").innerText(), /^pipeline demo-pipeline wants to delete 1 in production$/);
  assert.match(await first.locator("#asked").innerText(), /claimed by the pipeline, not verified[\s\S]*the nightly clean-up/);
  assert.match(await first.locator("#live-bar").innerText(), /0 of 2 reviewers[\s\S]*still required: 2 more of reviewers[\s\S]*then nothing is executed/);

  await second.goto(page);
  await approve(first, `aws_db_instance.${name}`, "the service was shut down");
  assert.match(await first.locator("#live-bar").innerText(), /1 of 2 reviewers[\s\S]*You have answered; an answer stands\./);
  assert.equal(waiting.exitCode, null, "one of two is not enough");
  if (script) await until("the first approval on the second screen", async () => /1 of 2/.test(await second.locator("#live-bar").innerText()));

  await approve(second, `aws_db_instance.${name}`, "I know this database");
  assert.equal(await waiting.ended, 0, waiting.text.err);
  assert.match(await second.locator("#live-bar").innerText(), /approved/);
  assert.match(await second.locator("#live-timeline").innerText(), /submitted, and held by policy[\s\S]*approved[\s\S]*approved[\s\S]*every requirement met/);
  if (script) await until("the outcome on the first screen", async () => /approved/.test(await first.locator("#live-bar .state").innerText()));
}

test("two reviewers release a change, and the waiting command returns 0", async () => {
  const pages = [];
  for (const name of ["ada", "grace"]) {
    const page = await visit(null);
    // A deep link survives signing in, and looking at the sign-in link does not use it up.
    await page.goto(links[name]);
    await page.goto(links[name]);
    await page.click("main button");
    await page.waitForURL(`${url}/`);
    pages.push(page);
  }
  await walk("walk_live", pages);
  const again = await visit(null);
  await again.goto(links.ada);
  await again.click("main button");
  assert.match(await again.locator("[role=alert]").innerText(), /opens nothing/);
  for (const page of [...pages, again]) await page.context().close();
  assert.deepEqual(trouble, []);
});

test("the same without JavaScript", async () => {
  const pages = [await visit("ada", { javaScriptEnabled: false }), await visit("grace", { javaScriptEnabled: false })];
  await walk("walk_plain", pages);
  for (const page of pages) await page.context().close();
});

test("a link to a change leads there after signing in", async () => {
  const page = await visit(null);
  const deep = "/changes?state=held&q=none";
  await page.goto(deep);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await page.fill("#code", tokens.ada);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${url}${deep}`);
  await page.click('text="Sign out"');
  await page.waitForURL(/\/sign-in/);
  await page.goto("/");
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await page.context().close();
});
