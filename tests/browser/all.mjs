// Every browser test in one process, so that they share one daemon and one browser. `node all.mjs NAME…` runs some.
import { readdirSync } from "node:fs";

const here = new URL("./", import.meta.url);
const wanted = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs")).sort();
for (const file of files.filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))) {
  await import(new URL(file, here).href);
}
