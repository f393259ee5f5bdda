// The real daemon with its own Postgres, and Debian's Chromium. Both start once and are shared by every test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";

const bin = process.env.HOLDPOINT_BIN;
assert.ok(bin, "set HOLDPOINT_BIN to the built `holdpoint`");

const dir = mkdtempSync(join(tmpdir(), "holdpoint-browser-"));
// Started by root, the daemon gives its Postgres to another account, which must be able to get there.
chmodSync(dir, 0o711);
const data = join(dir, "data");
const children = new Set();
let log = "";

function run(args, env = {}) {
  const child = spawn(bin, args, { env: { ...process.env, ...env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  child.text = { out: "", err: "" };
  child.stdout.on("data", (bytes) => { child.text.out += bytes; });
  child.stderr.on("data", (bytes) => { child.text.err += bytes; });
  child.ended = new Promise((resolve) => child.once("close", (code) => { children.delete(child); resolve(code); }));
  children.add(child);
  return child;
}

const daemon = run(["dev", "--data-dir", data, "--port", "0"]);
daemon.stderr.on("data", (bytes) => { log += bytes; });

async function until(what, look, patience = 20_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}\n${log.split("\n").slice(-20).join("\n")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const url = await until("the daemon", async () => {
  if (daemon.exitCode !== null) throw new Error(`the daemon ended: ${daemon.text.out}\n${log}`);
  const ready = /ready at (http:\S+)/.exec(daemon.text.out)?.[1];
  return ready && (await fetch(`${ready}/readyz`).then((r) => r.ok, () => false)) ? ready : null;
}, 120_000);

/** The one sign-in link of each reviewer. */
export const links = Object.fromEntries(
  [...daemon.text.out.matchAll(/as (\w+)\s+(http:\S+)/g)].map(([, name, link]) => [name, link]),
);
const { tokens } = JSON.parse(readFileSync(join(data, "demo.json"), "utf8"));
export { tokens, until };

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

after(async () => {
  await browser.close();
  for (const child of [...children].reverse()) child.kill(child === daemon ? "SIGTERM" : "SIGKILL");
  await Promise.race([daemon.ended, new Promise((resolve) => setTimeout(resolve, 10_000))]);
  daemon.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

/** What went wrong in any page: broken content security policy, script errors, failed loads. */
export const trouble = [];

/** A context of its own, signed in as `name` with the personal token; `nobody` when no name is given. */
export async function visit(name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: url, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  watch(page);
  if (name) {
    await page.goto("/sign-in");
    await page.fill("#code", tokens[name]);
    await page.press("#code", "Enter");
    await page.waitForURL(`${url}/`);
  }
  return page;
}

export function watch(page) {
  page.on("pageerror", (error) => trouble.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (4|5)\d\d/.test(message.text())) trouble.push(`${page.url()}: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    trouble.push(`${page.url()}: a dialog opened: ${dialog.message()}`);
    dialog.dismiss();
  });
}

/** Hands a plan in as the demo's agent (or `by`), with what it claims about itself. */
export async function submit(plan, claims = {}, by = "demo-agent") {
  const query = new URLSearchParams({ format: "terraform", ...claims });
  const answer = await fetch(`${url}/v1/changes?${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${tokens[by]}`, "content-type": "application/json" },
    body: JSON.stringify(plan),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${answer.status} ${text}`);
  return JSON.parse(text);
}

export async function api(path, by = "ada", method = "GET", body = undefined) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokens[by]}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

/** Answers over the API, as somebody else in the meantime would. */
export async function decide(change, by, answer = "approve") {
  const body = { digest: change.digest, answer, comment: "seen and understood" };
  const { status } = await api(`/v1/changes/${change.id}/approvals`, by, "POST", body);
  assert.equal(status, 200);
}

/** `holdpoint submit --wait`, started and not waited for. */
export function submitAndWait(file, by = "demo-pipeline") {
  return run(["submit", file, "--wait", "--statement", "the nightly clean-up"], { HOLDPOINT_URL: url, HOLDPOINT_TOKEN: tokens[by] });
}

export const scratch = (name) => join(dir, name);
