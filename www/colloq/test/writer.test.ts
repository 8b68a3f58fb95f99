/**
 * Streams on the optimistic view. The module itself checks every offset: a wrong one would be refused.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Client, createClient, type MessageWriter, type Session } from "colloq";
import { freePort } from "./host.js";

let client: Client | undefined;
after(() => client?.close());

async function begin(): Promise<{ session: Session; writer: MessageWriter; rejected: string[] }> {
  client ??= createClient({ url: `http://127.0.0.1:${await freePort()}`, token: async () => "a token" });
  const session = client.create();
  await session.ready;
  const rejected: string[] = [];
  client.on("rejected", (error, id) => id === session.id && rejected.push(error.code));
  return { session, writer: session.stream({ type: "user" }), rejected };
}

const gathered = () => new Promise((resolve) => setTimeout(resolve, 60));
const content = (session: Session) => session.view!.messages[0]!.content;

test("text of every width arrives whole, in however many pieces it came", async () => {
  const { session, writer, rejected } = await begin();
  const text = "caf\u00e9 \u4f60\u597d \u{1f600}\u{1f9d1}\u200d\u{1f4bb} end";
  for (const unit of text.split("")) {
    writer.write(unit);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await gathered();
  void writer.complete();
  assert.equal(content(session), text);
  assert.equal(session.view!.messages[0]!.status, "complete");
  assert.deepEqual(rejected, []);
});

test("half a pair waits for its other half, over a pause as well", async () => {
  const { session, writer, rejected } = await begin();
  writer.write("a\ud83d");
  await gathered();
  assert.equal(content(session), "a");
  writer.write("\ude00b");
  await gathered();
  assert.equal(content(session), "a\u{1f600}b");
  assert.deepEqual(rejected, []);
});

test("a half that stays alone is replaced at the end", async () => {
  const { session, writer, rejected } = await begin();
  writer.write("x\ud83d");
  void writer.complete();
  assert.equal(content(session), "x\ufffd");
  assert.deepEqual(rejected, []);
});

test("text that comes together takes one command", async () => {
  const { writer, session } = await begin();
  const before = client!.pending;
  for (let at = 0; at < 100; at++) writer.write("word ");
  assert.equal(client!.pending, before);
  await gathered();
  assert.equal(client!.pending, before + 1);
  assert.equal(content(session).length, 500);
});

test("text goes on where the start left off, and into several parts", async () => {
  const { session } = await begin();
  const writer = session.stream({ type: "user", content: "\u00fcber " });
  writer.write("all");
  writer.setPart({ id: "r", type: "reasoning", text: "\u4f60" });
  writer.write("\u597d", "r");
  writer.write(" done");
  void writer.complete();
  const message = session.view!.messages[1]!;
  assert.equal(message.content, "\u00fcber all done");
  assert.equal(message.parts.find(({ id }) => id === "r")?.text, "\u4f60\u597d");
});

test("stop aborts the writer, and what it writes later is dropped", async () => {
  const { session, writer } = await begin();
  writer.write("some text");
  await gathered();
  const aborted = new Promise((resolve) => writer.signal.addEventListener("abort", resolve));
  void session.stop();
  await aborted;
  writer.write(" and more");
  await gathered();
  assert.equal(content(session), "some text");
  const message = await writer.complete();
  assert.equal(message.status, "stopped");
});

test("a source that throws fails the message and keeps its text", async () => {
  const { session, writer } = await begin();
  async function* source(): AsyncGenerator<string> {
    yield "so far";
    throw new Error("the model went away");
  }
  void writer.pipe(source());
  await gathered();
  const message = session.view!.messages[0]!;
  assert.equal(message.status, "failed");
  assert.equal(message.content, "so far");
  assert.equal(message.error?.message, "the model went away");
});

test("a stream of bytes is decoded across its chunks", async () => {
  const { session, writer } = await begin();
  const bytes = new TextEncoder().encode("na\u00efve \u{1f600}");
  const source = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  void writer.pipe(source);
  await gathered();
  assert.equal(content(session), "na\u00efve \u{1f600}");
  assert.equal(session.view!.messages[0]!.status, "complete");
});
