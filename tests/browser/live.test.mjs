// News arrives by itself, and never costs a reviewer what was typed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, decide, submit, trouble, until, url, visit } from "./harness.mjs";
import { database, held, plan } from "./plans.mjs";

const bar = (page) => page.locator("#live-bar").innerText();

test("a change appears in the queue by itself, and is announced", async () => {
  const page = await visit("ada");
  const change = await submit(held("arrival"));
  await until("the row", () => page.locator(`#row-${change.id}`).count());
  assert.match(await page.locator("#say").innerText(), /held\./);
  await page.context().close();
});

test("a half-typed comment survives an update; the form closes in place and says why", async () => {
  const change = await submit(held("half_typed"));
  const page = await visit("ada");
  await page.goto(`/changes/${change.id}`);
  await page.keyboard.press("a");
  await page.fill("#approve-comment", "I am still think");
  await decide(change, "grace");
  await until("the other approval", async () => /1 of 2/.test(await bar(page)));
  assert.equal(await page.inputValue("#approve-comment"), "I am still think");
  assert.ok(await page.isEnabled("#approve-comment"), "the form stays open while the change is held");

  await api(`/v1/changes/${change.id}/withdrawal`, "demo-agent", "POST");
  await until("the withdrawal", async () => /withdrawn/.test(await bar(page)));
  assert.equal(await page.inputValue("#approve-comment"), "I am still think");
  assert.ok(await page.isDisabled("#approve-comment"));
  assert.match(await page.locator("#approve [data-why]").innerText(), /withdrawn/);
  await page.keyboard.press("Escape");
  assert.match(await page.locator("#form-note").innerText(), /withdrawn[\s\S]*What you typed is still in the form/);
  await page.context().close();
  assert.deepEqual(trouble, []);
});

test("a lost connection is shown, and made good by itself", async () => {
  const change = await submit(held("lost"));
  const page = await visit("ada");
  await page.route("**/events", (route) => route.abort());
  await page.goto(`/changes/${change.id}`);
  await page.waitForSelector("#lost:visible");
  await decide(change, "grace");
  await page.unroute("**/events");
  await until("the connection", async () => !(await page.isVisible("#lost")) && /1 of 2/.test(await bar(page)));
  assert.match(await bar(page), /data loss/, "the gravest hazard stays in the bar");
  await page.context().close();
  trouble.length = 0;
});

test("a session that ends does not cost what was typed", async () => {
  const change = await submit(held("signed_out"));
  const page = await visit("ada");
  await page.goto(`/changes/${change.id}`);
  await page.keyboard.press("r");
  await page.fill("#reject-comment", "half a thought");
  await page.context().clearCookies();
  await decide(change, "grace");
  await until("the word", async () => /signed out/.test(await page.locator("#lost").innerText()));
  assert.equal(await page.inputValue("#reject-comment"), "half a thought");
  await page.context().close();
});

test("an answer that comes too late is told so, with who decided, and keeps the comment", async () => {
  const change = await submit(held("too_late"));
  const page = await visit("ada", { javaScriptEnabled: false });
  await page.goto(`/changes/${change.id}`);
  await decide(change, "grace", "reject");
  await page.fill("#reject-comment", "mine too");
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "POST"), page.click('text="Reject this change"')]);
  assert.equal(answer.status(), 409);
  const text = await page.locator("main").innerText();
  assert.match(text, /too late[\s\S]*grace rejected it[\s\S]*not recorded/);
  assert.equal(await page.inputValue("#kept"), "mine too");
  await page.context().close();
});

test("a form for another digest is refused with a page that says so", async () => {
  const change = await submit(held("other_digest"));
  const page = await visit("ada", { javaScriptEnabled: false });
  await page.goto(`/changes/${change.id}`);
  const source = (await page.content()).replaceAll(`name="digest" value="${change.digest}"`, `name="digest" value="${"0".repeat(64)}"`);
  await page.route(`**/changes/${change.id}`, (route) => route.fulfill({ body: source, contentType: "text/html; charset=utf-8" }));
  await page.reload();
  await page.unroute(`**/changes/${change.id}`);
  await page.fill("#reject-comment", "no");
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "POST"), page.click('text="Reject this change"')]);
  assert.equal(answer.status(), 409);
  assert.match(await page.locator("main").innerText(), /not the one you looked at[\s\S]*not recorded/);
  assert.equal((await api(`/v1/changes/${change.id}`)).body.state, "held");
  await page.context().close();
});

test("what is missing from an answer is asked for, and what was typed stays", async () => {
  const change = await submit(held("missing"));
  const page = await visit("ada", { javaScriptEnabled: false });
  await page.goto(`/changes/${change.id}`);
  await page.fill("#approve-comment", "yes, really");
  await page.fill("#approve-confirm", "aws_db_instance.other");
  await page.click('text="Approve this change"');
  assert.equal(new URL(page.url()).hash, "#approve", "the page opens where something is missing");
  assert.match(await page.locator("[role=alert]").innerText(), /type aws_db_instance\.missing/);
  assert.equal(await page.inputValue("#approve-comment"), "yes, really");
  assert.equal((await api(`/v1/changes/${change.id}`)).body.approvals?.length ?? 0, 0);
  await page.context().close();
});

test("who may not answer sees the form closed, with the reason", async () => {
  const change = await submit(plan(database("operators_own")));
  const page = await visit("olive");
  await page.goto(`/changes/${change.id}`);
  assert.match(await bar(page), /You cannot answer: you are the operator who answers for the requester\./);
  assert.equal(await page.locator("[data-open]").count(), 0);
  await page.keyboard.press("a");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  // And the server does not rely on the closed form.
  const status = await page.evaluate(async ({ id, digest }) => {
    const body = new URLSearchParams({ digest, answer: "approve", comment: "x", confirm: "aws_db_instance.operators_own" });
    return (await fetch(`/changes/${id}/approvals`, { method: "POST", body })).status;
  }, change);
  assert.equal(status, 403);
  await page.context().close();
});

test("another site's page cannot answer", async () => {
  const change = await submit(held("cross_site"));
  const page = await visit("ada");
  const cookies = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
  const session = (await page.context().cookies()).find((c) => c.name === "__Host-holdpoint");
  assert.ok(session.httpOnly && session.secure && session.sameSite === "Lax");
  for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, {}]) {
    const body = new URLSearchParams({ digest: change.digest, answer: "reject", comment: "x" });
    const answer = await page.context().request.post(`${url}/changes/${change.id}/approvals`, { headers: { ...headers, cookie: cookies, "content-type": "application/x-www-form-urlencoded" }, data: body.toString() });
    assert.equal(answer.status(), 403, JSON.stringify(headers));
  }
  assert.equal((await api(`/v1/changes/${change.id}`)).body.state, "held");
  await page.context().close();
  trouble.length = 0;
});
