/**
 * Times in words.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ago } from "../src/when.js";

const now = Date.parse("2026-06-15T12:00:00Z");
const before = (ms: number) => new Date(now - ms).toISOString();

test("the nearer, the finer", () => {
  assert.equal(ago(before(-5_000), now), "now");
  assert.equal(ago(before(59_000), now), "now");
  assert.equal(ago(before(60_000), now), "1m");
  assert.equal(ago(before(59 * 60_000), now), "59m");
  assert.equal(ago(before(60 * 60_000), now), "1h");
  assert.equal(ago(before(2 * 86_400_000), now), "Sat");
  assert.match(ago(before(30 * 86_400_000), now), /16 May|May 16/);
});
