/**
 * Which way a client goes: WebSocket first, events where that cannot be had, and back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Wires } from "#internal/wire/choice";
import type { WireMaker } from "#internal/wire/wire";

const socket = { name: "ws" } as unknown as WireMaker;
const events = { name: "sse" } as unknown as WireMaker;

/** The ways of so many attempts that all fail. */
function tried(wires: Wires, count: number): string[] {
  return Array.from({ length: count }, () => {
    const { name } = wires.next() as unknown as { name: string };
    wires.handleFailure();
    return name;
  });
}

test("a host that answers no way is tried both ways in turns", () => {
  assert.deepEqual(tried(new Wires(socket, events, "auto"), 6), ["ws", "ws", "sse", "ws", "sse", "ws"]);
});

test("what was asked for is all that is tried", () => {
  assert.deepEqual(tried(new Wires(socket, events, "ws"), 4), ["ws", "ws", "ws", "ws"]);
  assert.deepEqual(tried(new Wires(socket, events, "sse"), 2), ["sse", "sse"]);
});

test("a way that worked is the first one to try again", () => {
  const wires = new Wires(socket, events, "auto");
  tried(wires, 2);
  assert.equal(wires.next(), events);
  wires.handleWelcome();
  assert.deepEqual(tried(wires, 3), ["sse", "ws", "sse"]);
  assert.equal(wires.next(), socket);
  wires.handleWelcome();
  assert.deepEqual(tried(wires, 3), ["ws", "ws", "sse"]);
});
