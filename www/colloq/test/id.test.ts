/**
 * Ids made before the module is there.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "#internal/id";

test("an id is a lower-case UUIDv7 of its time", () => {
  const now = 1_790_000_000_123;
  const id = newId(now);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16), now);
});

test("ids grow within a millisecond and over it, and follow a clock that was set back", () => {
  const now = 1_790_000_001_000;
  const ids = [...Array.from({ length: 10_000 }, () => newId(now)), newId(now - 5), newId(now + 100)];
  assert.deepEqual([...ids].sort(), ids);
  assert.ok(newId(now - 60_000) < ids[0]!);
});

test("no two are alike within one millisecond", () => {
  const ids = Array.from({ length: 10_000 }, () => newId(1));
  assert.equal(new Set(ids).size, ids.length);
});
