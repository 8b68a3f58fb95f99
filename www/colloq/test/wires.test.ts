/**
 * Which way a client goes: WebSocket first, events where that cannot be had, and back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Wires } from "#internal/wire/choice";
import type { WireMaker } from "#internal/wire/wire";

const socket = { name: "ws" } as unknown as WireMaker;
const events = { name: "sse" } as unknown as WireMaker;
const there = () => Promise.resolve(true);
const away = () => Promise.resolve(false);

/** The ways of so many attempts that all fail. */
async function tried(wires: Wires, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let nth = 0; nth < count; nth++) {
    names.push(((await wires.next()) as unknown as { name: string }).name);
    wires.handleEnd();
  }
  return names;
}

test("a host that is down is no reason to give WebSocket up", async () => {
  assert.deepEqual(await tried(new Wires(socket, events, "auto", away), 6), ["ws", "ws", "ws", "ws", "ws", "ws"]);
});

test("a host that answers by HTTP alone is tried by events, and by WebSocket again where they fail", async () => {
  assert.deepEqual(await tried(new Wires(socket, events, "auto", there), 6), ["ws", "ws", "ws", "sse", "ws", "sse"]);
});

test("what was asked for is all that is tried", async () => {
  assert.deepEqual(await tried(new Wires(socket, events, "ws", there), 4), ["ws", "ws", "ws", "ws"]);
  assert.deepEqual(await tried(new Wires(socket, events, "sse", there), 2), ["sse", "sse"]);
});

test("events that worked are the first to try again, and a WebSocket that worked is", async () => {
  const wires = new Wires(socket, events, "auto", there);
  await tried(wires, 3);
  assert.equal(await wires.next(), events);
  wires.handleAnswer();
  wires.handleEnd();
  assert.equal(await wires.next(), events);
  wires.handleEnd();
  assert.equal(await wires.next(), socket);
  wires.handleAnswer();
  wires.handleEnd();
  assert.deepEqual(await tried(wires, 4), ["ws", "ws", "ws", "sse"]);
});
