// Whatever an agent writes is shown as the text it is: it does not run, does not format, does not hide.
import assert from "node:assert/strict";
import { test } from "node:test";
import { submit, trouble, visit } from "./harness.mjs";
import { HOSTILE, hostile } from "./plans.mjs";

test("markup and hidden characters in every string of an agent are inert and visible", async () => {
  const claims = { statement: HOSTILE, session: HOSTILE, run_url: `javascript:alert(1)//${HOSTILE}`, ticket: HOSTILE, workspace: HOSTILE };
  const change = await submit(hostile("shop"), claims);
  const page = await visit("ada");
  for (const path of ["/", "/changes", `/changes?q=${encodeURIComponent(HOSTILE)}`, `/changes/${change.id}`,
    `/changes/${change.id}?q=${encodeURIComponent(HOSTILE)}`, `/changes/${change.id}/fragment`, `/ledger?change=${encodeURIComponent(HOSTILE)}`]) {
    await page.goto(path);
    const found = await page.evaluate(() => ({
      title: document.title,
      images: document.querySelectorAll("img").length,
      bold: [...document.querySelectorAll("b")].filter((b) => b.textContent === "bold").length,
      scripts: [...document.scripts].filter((script) => !/^\/assets\/app-[0-9a-f]+\.js$/.test(script.getAttribute("src") ?? "")).length,
      links: [...document.querySelectorAll("a[href]")].filter((a) => !["http:", "https:"].includes(a.protocol)).length,
      hidden: /[\u202a-\u202e\u200b-\u200f\u2066-\u2069]/.test(document.documentElement.outerHTML),
    }));
    assert.equal(found.images + found.bold + found.scripts + found.links, 0, `${path}: ${JSON.stringify(found)}`);
    assert.ok(!found.hidden, `${path} holds a character that does not show`);
    assert.ok(!found.title.startsWith("owned"), path);
  }
  await page.goto(`/changes/${change.id}`);
  const text = await page.locator("main").innerText();
  for (const shown of ["<script>document.title", "<img src=x", "⟦U+202E⟧gnp.exe⟦U+200B⟧", "</textarea>"]) assert.ok(text.includes(shown), shown);
  await page.context().close();
  assert.deepEqual(trouble, []);
});

test("the content security policy is strict, and an injected script does not run", async () => {
  const page = await visit("ada");
  const answer = await page.goto("/");
  const policy = answer.headers()["content-security-policy"];
  for (const part of ["default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "trusted-types 'none'"]) assert.ok(policy.includes(part), part);
  assert.ok(!policy.includes("unsafe"));
  assert.equal(answer.headers()["cache-control"], "no-store");
  const threw = await page.evaluate(() => {
    try { document.body.innerHTML += "<b>x</b>"; return false; } catch { return true; }
  });
  assert.ok(threw, "text became markup");
  await page.context().close();
  trouble.length = 0;
});
