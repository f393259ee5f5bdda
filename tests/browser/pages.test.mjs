// Every page: accessible in both themes at both widths, usable by keyboard, no sideways scrolling.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { decide, links, submit, trouble, until, url, visit } from "./harness.mjs";
import { connected, harmless, held, hostile, many, rich } from "./plans.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.HOLDPOINT_SHOTS;

async function check(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`);
  });
  assert.deepEqual(found, [], what);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${what}: scrolls sideways by ${wide} px`);
  // WCAG 2.2 asks for 24 px; a finger wants 44.
  const small = await page.evaluate(() => [...document.querySelectorAll("button, .button, .tally, .effect > summary, .top nav a, input:not([type=hidden]), select")]
    .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80)));
  assert.deepEqual(small, [], `${what}: targets under 44 px`);
}

test("axe finds nothing on any page, light and dark, narrow and wide", async () => {
  const [linked, fancy, evil, ended] = [await submit(connected("axe")), await submit(rich("axe"), { statement: "Clean-up after the migration.\nSee the ticket.", session: "s-42", ticket: "OPS-7", run_url: "https://ci.example.com/runs/7", workspace: "shop/production" }), await submit(hostile("axe")), await submit(held("axe_ended"))];
  await submit(harmless("axe_mail"));
  await decide(fancy, "grace");
  await decide(ended, "grace", "reject");
  const paths = { "sign-in": "/sign-in", "sign-in-link": new URL(links.grace).pathname, queue: "/", changes: "/changes", empty: "/changes?q=nothing-like-it",
    change: `/changes/${fancy.id}`, filtered: `/changes/${fancy.id}?effect=update`, hostile: `/changes/${evil.id}`, rejected: `/changes/${ended.id}`,
    ledger: "/ledger", "ledger-of": `/ledger?change=${fancy.id}`, agents: "/agents", inventory: "/inventory", "inventory-empty": "/inventory?q=nothing-like-it&class=data&is=gone", freeze: "/freeze",
    connected: `/changes/${linked.id}`, missing: "/changes/chg_00000000000000000000000000" };
  for (const [theme, width] of [["light", 1280], ["light", 360], ["dark", 1280], ["dark", 360]]) {
    const page = await visit("olive", { colorScheme: theme, viewport: { width, height: 900 }, bypassCSP: true, reducedMotion: "reduce" });
    const reviewer = await visit("ada", { colorScheme: theme, viewport: { width, height: 900 }, bypassCSP: true, reducedMotion: "reduce" });
    for (const [name, path] of Object.entries(paths)) {
      for (const [who, at] of [["", page], ["-ada", reviewer]]) {
        if (who && !["queue", "change"].includes(name)) continue;
        await at.goto(path);
        await check(at, `${name}${who} ${theme} ${width}`);
        if (shots) await at.screenshot({ path: `${shots}/${name}${who}-${theme}-${width}.png`, fullPage: true });
      }
    }
    await reviewer.goto(paths.change);
    for (const key of ["a", "r", "?"]) {
      await reviewer.keyboard.press(key);
      await reviewer.waitForSelector("dialog[open]");
      assert.equal(await reviewer.locator("dialog[open]").count(), 1, `the key ${key} opens its dialog`);
      await check(reviewer, `dialog ${key} ${theme} ${width}`);
      if (shots) await reviewer.screenshot({ path: `${shots}/dialog-${key === "?" ? "help" : key}-${theme}-${width}.png` });
      await reviewer.keyboard.press("Escape");
      await reviewer.waitForSelector("dialog[open]", { state: "detached" });
    }
    await page.context().close();
    await reviewer.context().close();
  }
  assert.deepEqual(trouble, []);
});

test("axe finds nothing on what is unfolded, nor on pages that refuse", async () => {
  for (const [theme, width] of [["light", 360], ["dark", 1280]]) {
    const page = await visit("ada", { colorScheme: theme, viewport: { width, height: 900 }, bypassCSP: true, reducedMotion: "reduce", hasTouch: width < 500, isMobile: width < 500 });
    const shot = async (name) => shots && page.screenshot({ path: `${shots}/${name}-${theme}-${width}.png`, fullPage: true });
    const [late, linked] = [await submit(held(`late_${width}`)), await submit(connected(`open_${width}`))];
    await page.goto(`/changes/${linked.id}`);
    await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
    await check(page, `unfolded ${theme} ${width}`);
    await shot("unfolded");
    if (width < 500) {
      const small = await page.evaluate(() => [...document.querySelectorAll("summary")].filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80)));
      assert.deepEqual(small, [], "folds under 44 px for a finger");
    }
    // 422: something is missing.
    await page.goto(`/changes/${late.id}#approve`);
    await page.fill("#approve-comment", "yes");
    await page.fill("#approve-confirm", "something else");
    const answered = (r) => r.request().method() === "POST";
    const [missing] = await Promise.all([page.waitForResponse(answered), page.click('text="Approve this change"')]);
    assert.equal(missing.status(), 422);
    await page.waitForSelector("#approve-dialog[open] [role=alert]");
    await check(page, `422 ${theme} ${width}`);
    await shot("422");
    // 409: somebody was faster, and the page had not heard of it.
    await page.route("**/events", (route) => route.abort());
    await page.goto(`/changes/${late.id}#reject`);
    await decide(late, "grace", "reject");
    await page.fill("#reject-comment", "mine too");
    const [conflict] = await Promise.all([page.waitForResponse(answered), page.click('text="Reject this change"')]);
    assert.equal(conflict.status(), 409);
    await page.waitForSelector("#kept");
    await check(page, `409 ${theme} ${width}`);
    await shot("409");
    await page.goto("/freeze");
    await page.fill("#freeze-reason", "   ");
    const [empty] = await Promise.all([page.waitForResponse(answered), page.click('main button:text("Freeze")')]);
    assert.equal(empty.status(), 422);
    await page.waitForSelector("main [role=alert]");
    await check(page, `freeze 422 ${theme} ${width}`);
    await page.context().close();
  }
  trouble.length = 0;
});

test("a key that follows a closed dialog is neither lost nor typed into it", async () => {
  const change = await submit(held("quick_keys"));
  const page = await visit("ada");
  await page.goto(`/changes/${change.id}`);
  for (let round = 0; round < 5; round += 1) {
    await page.keyboard.press("a");
    assert.ok(await page.locator("#approve-dialog[open]").count(), `round ${round}`);
    // In one task, before the browser draws again: the field of the closed dialog still has the focus.
    const opened = await page.evaluate(() => {
      document.getElementById("approve-dialog").close();
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true, cancelable: true }));
      return document.getElementById("reject-dialog").open;
    });
    assert.ok(opened, `round ${round}: the key was lost`);
    await page.keyboard.press("Escape");
    assert.equal(await page.inputValue("#approve-comment"), "");
  }
  await page.context().close();
  assert.deepEqual(trouble, []);
});

test("the keyboard walks, opens, filters and never decides", async () => {
  const change = await submit(rich("keys"));
  const page = await visit("ada");
  await page.keyboard.press("j");
  const first = await page.evaluate(() => document.activeElement.id);
  assert.match(first, /^row-chg_/);
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  assert.equal(await page.evaluate(() => document.activeElement.id), first);
  await page.keyboard.press("o");
  await page.waitForURL(/\/changes\/chg_/);
  await page.goto(`/changes/${change.id}`);
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "filter");
  await page.keyboard.type("queue");
  assert.equal(await page.locator(".effect:visible").count(), 1);
  await page.keyboard.press("Escape");
  assert.notEqual(await page.evaluate(() => document.activeElement.id), "filter");
  for (const [key, id] of [["?", "help"], ["a", "approve-dialog"], ["r", "reject-dialog"]]) {
    await page.keyboard.press(key);
    assert.ok(await page.locator(`#${id}[open]`).count(), key);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("dialog[open]").count(), 0);
  }
  assert.match(await page.locator("#live-bar").innerText(), /0 of 2/);
  await page.context().close();
});

test("the effects filter and page on the server too", async () => {
  const change = await submit(many("lots", 250));
  const page = await visit("ada", { javaScriptEnabled: false });
  await page.goto(`/changes/${change.id}`);
  assert.equal(await page.locator(".effect").count(), 200);
  assert.match(await page.locator(".group").first().innerText(), /^Destroys data/);
  await page.click('nav[aria-label="Pages of effects"] >> text="Next"');
  assert.equal(await page.locator(".effect").count(), 51);
  await page.click(".tally-delete");
  assert.equal(await page.locator(".effect").count(), 1);
  await page.context().close();
});

test("the diff masks, marks and compares by meaning", async () => {
  const change = await submit(rich("diff"));
  const page = await visit("ada");
  await page.goto(`/changes/${change.id}`);
  const text = await page.locator("#effects").innerText();
  assert.ok(!(await page.content()).includes("hunter"), "a secret is on the page");
  assert.match(text, /sensitive, changes/);
  assert.match(text, /known after apply/);
  assert.match(text, /forces replacement/);
  assert.match(text, /policy › Statement\[0\]\.Action\[\d\][\s\S]*s3:\*/);
  assert.equal(await page.locator(".rows tr", { hasText: "Statement[0].Effect" }).locator("visible=true").count(), 0, "the unchanged is folded");
  await page.context().close();
});

test("the theme can be chosen, and stays", async () => {
  const page = await visit("ada", { colorScheme: "light" });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.click("#theme");
  assert.notEqual(await paper(), light);
  await page.goto("/ledger");
  assert.notEqual(await paper(), light);
  await page.context().close();
});

test("an administrator registers an agent, sees its token once, and revokes it", async () => {
  const page = await visit("olive");
  await page.goto("/agents");
  await page.fill("#new-name", "night-shift");
  await page.selectOption("#new-operator", { label: "olive" });
  await page.click('button:text("Register")');
  const token = /hp_agent_\S+/.exec(await page.locator(".made").innerText())[0];
  const ask = () => fetch(`${url}/v1/changes`, { headers: { authorization: `Bearer ${token}` } }).then((r) => r.status);
  assert.equal(await ask(), 200);
  await page.goto("/agents");
  assert.ok(!(await page.content()).includes(token), "the token is shown again");
  const row = page.locator("tr", { hasText: "night-shift" });
  await row.locator("summary").click();
  await row.locator("button").click();
  await until("the revocation", async () => /revoked/.test(await row.innerText()));
  assert.equal(await ask(), 401);
  const plain = await visit("ada");
  await plain.goto("/agents");
  assert.equal(await plain.locator("#new-name").count(), 0);
  await page.context().close();
  await plain.context().close();
  assert.deepEqual(trouble, []);
});
