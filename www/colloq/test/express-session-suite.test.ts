/** express-session's own suite, with `ColloqStore` in the place of `MemoryStore`: in the process, and on a host. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Host, skip } from "./host.js";

const { resolve } = createRequire(import.meta.url);
const TESTS = 28;

/** What the suite says; everything in it but two tests makes a store. */
function run(env: NodeJS.ProcessEnv): string {
  const preload = fileURLToPath(new URL("../test/express-session-suite.cjs", import.meta.url));
  const suite = resolve("express-session-suite/test/session.js");
  const mocha = resolve("mocha/bin/mocha.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, [mocha, "--require", preload, "--exit", "--timeout", "20000", suite], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout;
}

function check(said: string): void {
  assert.match(said, new RegExp(`\\b${TESTS} passing`));
  assert.doesNotMatch(said, /failing|pending/);
  assert.ok(Number(/stores made: (\d+)/.exec(said)?.[1]) > TESTS / 2, said);
}

test("express-session's own suite passes with sessions in the process", () => check(run({ COLLOQ_URL: "" })));

test("express-session's own suite passes with sessions on a host", { skip }, async (t) => {
  const host = await Host.start();
  t.after(() => host.close());
  check(run({ COLLOQ_URL: host.url }));
});
