/**
 * Frames out of what comes by HTTP: cut anywhere, and never written anew.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsOf, itemsOf } from "#internal/wire/sse";

const TEXT =
  'event: welcome\ndata: {"kind":"welcome"}\n\n: ping\n\nevent: entries\nid: 7.ab\ndata: {"kind":"entries","text":"caf\u00e9 \u{1f600}"}\n\ndata: one\ndata:two\n\ndata: cut off';

test("events come whole, however their bytes are cut; a comment is a sign of life and no event", async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (const size of [1, 2, 3, 7, 64, bytes.length]) {
    let [at, alive] = [0, 0];
    const body = new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(at, (at += size)));
      },
    });
    const events: string[] = [];
    for await (const event of eventsOf(new Response(body), () => (alive += 1))) events.push(event);
    assert.deepEqual(events, ['{"kind":"welcome"}', '{"kind":"entries","text":"caf\u00e9 \u{1f600}"}', "one\ntwo"], `${size} bytes at a time`);
    assert.equal(alive, Math.ceil(bytes.length / size));
  }
});

test("items are given as they were written", () => {
  const items = ['{"kind":"entries","entries":[{"n":1.50,"2":{},"1":[[]]},{}]}', '{"text":"] } \\" \\\\","b":[1e3]}', "{}"];
  assert.deepEqual(itemsOf(`{"frames":[${items.join(",")}]}`), items);
  assert.deepEqual(itemsOf('{"frames":[]}'), []);
});
