/**
 * Waiting between attempts: bounds and growth.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "#internal/backoff";

test("grows from 100 ms to 10 s and starts over after success", () => {
  const backoff = new Backoff();
  const most = Array.from({ length: 9 }, () => backoff.nextMs(() => 1));
  assert.deepEqual(most, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  backoff.reset();
  assert.equal(
    backoff.nextMs(() => 1),
    100,
  );
});

test("the jitter is full: any wait from none to the ceiling", () => {
  const backoff = new Backoff();
  for (let failures = 0; failures < 5; failures++) backoff.nextMs();
  assert.equal(
    backoff.nextMs(() => 0),
    0,
  );
  assert.equal(
    new Backoff().nextMs(() => 0.5),
    50,
  );
});

test("a day of failures stays at the ceiling", () => {
  const backoff = new Backoff();
  for (let failures = 0; failures < 5_000; failures++) backoff.nextMs();
  assert.equal(
    backoff.nextMs(() => 1),
    10_000,
  );
});
