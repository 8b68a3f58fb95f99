/**
 * Asking for tokens: once, shared, and again when one was refused.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenSource } from "#internal/token";

test("callers at the same time share one question", async () => {
  const reasons: string[] = [];
  const source = new TokenSource(async ({ reason }) => `token-${reasons.push(reason)}`);
  assert.deepEqual(await Promise.all([source.current(), source.current()]), ["token-1", "token-1"]);
  assert.equal(await source.renew("rejected", "token-1"), "token-2");
  assert.deepEqual(reasons, ["initial", "rejected"]);
});

test("a token that replaced the refused one is used without asking", async () => {
  let asked = 0;
  const source = new TokenSource(async () => `token-${++asked}`);
  await source.current();
  await source.renew("rejected", "token-1");
  assert.equal(await source.renew("rejected", "token-1"), "token-2");
  assert.equal(asked, 2);
});

test("a fixed token that was refused, and a forgotten one, mean signed out", async () => {
  const fixed = new TokenSource("fixed");
  assert.equal(await fixed.renew("expiring"), "fixed");
  assert.equal(await fixed.renew("rejected", "fixed"), null);
  const asked = new TokenSource(async () => "x");
  asked.forget();
  assert.equal(await asked.current(), null);
});

test("a client without a token option has none", async () => {
  assert.equal(await new TokenSource(undefined).current(), undefined);
});
