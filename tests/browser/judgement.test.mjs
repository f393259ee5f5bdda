// What a judgement rests on can be seen: the blast radius as a picture and a table, and the evidence behind each fact.
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, submit, trouble, until, visit } from "./harness.mjs";
import { connected, held, HOSTILE } from "./plans.mjs";

test("the blast radius is a picture, and the same as a table", async (t) => {
  const change = await submit(connected("picture"));
  const { body } = await api(`/v1/changes/${change.id}`);
  for (const [colorScheme, width] of [["light", 1280], ["dark", 1280], ["light", 360], ["dark", 360]]) {
    const page = await visit("ada", { colorScheme, viewport: { width, height: 900 } });
    await page.goto(`/changes/${change.id}`);
    const picture = page.locator("#radius svg.reach");
    assert.match(await page.locator("#radius .says").innerText(), /^1 falls, 7 depend on it, 1 holds data; \d+ % of references followed\.$/);
    assert.equal(await picture.getAttribute("role"), "img");
    const name = await picture.evaluate((svg) => svg.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id).textContent).join(" "));
    assert.match(name, /Blast radius 1 falls/);
    assert.equal(await picture.locator(".r-falls").count(), 1);
    assert.match(await picture.locator(".r-falls title").first().evaluate((e) => e.textContent), /aws_db_instance\.orders_picture: delete, holds data/);
    assert.ok(await picture.locator(".r-drum").count() >= 1, "data is marked");
    assert.match(await picture.evaluate((svg) => svg.textContent), /6 × aws_instance/);
    assert.equal(await picture.locator(".r-gap").count(), 1, "the reference that leads nowhere is drawn as a gap");
    // The style reaches the picture in both themes: nothing is black on black.
    const [ink, paper] = await page.evaluate(() => [getComputedStyle(document.querySelector(".reach .r-label")).fill, getComputedStyle(document.querySelector(".r-depends .r-box")).fill]);
    assert.notEqual(ink, paper);
    const box = await page.locator(".reach-box").evaluate((e) => ({ inner: e.scrollWidth, outer: e.clientWidth, page: document.documentElement.scrollWidth - document.documentElement.clientWidth }));
    assert.ok(box.page <= 0 && (width > 500 || box.inner > box.outer), JSON.stringify(box));
    await page.locator("#radius-table > summary").click();
    assert.equal(await page.locator("#radius-table tbody tr").count(), 8);
    assert.match(await page.locator("#radius-table").innerText(), /aws_route53_record\.api_picture[\s\S]*aws_instance\.web0_picture/);
    await page.context().close();
  }
  assert.deepEqual(trouble, []);
});

test("evidence is folded, and unfolds with the keyboard", async () => {
  const change = await submit(held("evidence"), { statement: "the nightly clean-up" });
  const page = await visit("ada");
  await page.goto(`/changes/${change.id}`);
  const fold = page.locator(".reason details").first();
  assert.equal(await fold.evaluate((e) => e.open), false);
  await fold.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await fold.evaluate((e) => e.open), true);
  assert.ok((await fold.locator("li:visible").count()) >= 1);
  const facts = page.locator("#facts");
  const environment = facts.locator("dl > div", { hasText: "Environment" }).first();
  assert.match(await environment.innerText(), /production/);
  await environment.locator("summary").focus();
  await page.keyboard.press("Space");
  assert.match(await environment.innerText(), /Environment=production|tagged|environment/i);
  assert.match(await facts.innerText(), /Continuity[\s\S]*unknown/, "what is not known says so");
  await page.context().close();
  assert.deepEqual(trouble, []);
});

test("what would pass can be read by people, and copied for the agent", async (t) => {
  const change = await submit(held("steps"));
  const { body } = await api(`/v1/changes/${change.id}`);
  const steps = body.reasons.find((reason) => reason.would_pass?.length);
  const page = await visit("ada");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`/changes/${change.id}`);
  await page.locator("summary", { hasText: "Steps that would pass" }).first().click();
  await page.locator("summary", { hasText: "For the agent" }).first().click();
  await page.locator("[data-copy]").first().click();
  await until("the copy", async () => /Copied/.test(await page.locator("#say").textContent()));
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.deepEqual(copied, steps.would_pass);
  await page.context().close();
  assert.deepEqual(trouble, []);
});

test("a freeze is set with a reason, is seen on every page, and is lifted", async (t) => {
  const [page, other] = [await visit("ada"), await visit("grace")];
  await page.goto("/freeze");
  await page.selectOption("#freeze-scope", "environment:staging");
  await page.fill("#freeze-reason", `the disk is full ${HOSTILE}`);
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "POST"), page.click('main button:text("Freeze")')]);
  assert.ok(answer.status() < 400, String(answer.status()));
  const ice = (at) => at.locator("#live-freeze").innerText();
  await until("the banner", async () => /Everything in staging is frozen by ada/.test(await ice(page)));
  await until("the banner on another's queue", async () => /the disk is full/.test(await ice(other)));
  for (const path of ["/changes", "/inventory", "/ledger", "/agents", "/freeze"]) {
    await other.goto(path);
    assert.match(await ice(other), /frozen by ada[\s\S]*the disk is full <script>/, path);
  }
  const row = other.locator(".frozen", { hasText: "staging" });
  await row.locator("summary").click();
  await row.locator("button").click();
  await until("the end of it", async () => !(await other.isVisible("#live-freeze")));
  assert.match(await other.locator("main").innerText(), /Nothing is frozen\.[\s\S]*lifted by grace/);
  await page.context().close();
  await other.context().close();
  assert.deepEqual(trouble, []);
});
