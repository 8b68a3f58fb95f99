/**
 * The rest of what a session can do, with a real host: editing, removing, notes beside messages, looking back, forks, revisions, barge-in.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ColloqError, Session } from "colloq";
import { Host, skip, until } from "./host.js";

let host: Host;
before(async () => {
  if (skip === false) host = await Host.start();
});
after(() => host?.close());

const contents = (session: Session) => session.view!.messages.map(({ content }) => content);

test("an edit takes back what came after, and says something else", { skip }, async () => {
  const session = host.client("ann").create();
  const first = await session.append("first");
  const second = await session.append("secnod");
  await session.append("third");
  const edited = session.edit(second.id, { content: "second", metadata: { processingTime: 3 } });
  assert.deepEqual(contents(session), ["first", "second"]);
  const message = await edited;
  assert.notEqual(message.id, second.id);
  assert.equal(message.pending, false);
  assert.equal(message.metadata?.processingTime, 3);
  const other = host.client("ann").session(session.id);
  assert.deepEqual((await other.ready).messages[0]!.id, first.id);
  assert.deepEqual(contents(other), ["first", "second"]);
  const long = "long text. ".repeat(20_000);
  assert.equal((await session.edit(message.id, { content: long })).content, long);
  await until(other, ({ messages }) => messages[1]?.status === "complete" && messages[1].content === long);
  await assert.rejects(session.edit(second.id, { content: "gone" }), (error: ColloqError) => error.code === "messageNotFound");
});

test("a message is removed, and notes are put beside another", { skip }, async () => {
  const session = host.client("bea").create();
  const one = await session.append({ content: "one", metadata: { kept: 1, dropped: 2 } });
  const two = await session.append("two");
  await session.patchMetadata(one.id, { dropped: null, added: { deep: true } });
  const { version } = await session.remove(two.id);
  const other = host.client("bea").session(session.id);
  const view = await other.ready;
  assert.ok(view.version >= version);
  assert.deepEqual(view.messages.map(({ content, metadata }) => [content, metadata]), [["one", { kept: 1, added: { deep: true } }]]);
  await assert.rejects(session.remove(two.id), (error: ColloqError) => error.code === "messageNotFound");
});

test("a holder with a tail sees the end, and looks back as far as it likes", { skip }, async () => {
  const client = host.client("cara");
  const session = client.create();
  await Promise.all(Array.from({ length: 30 }, (_, at) => session.append(`message ${at}`)));
  const other = host.client("cara").session(session.id, { tail: 10 });
  const view = await other.ready;
  assert.deepEqual([view.messages.length, view.hasEarlier, view.messages[0]!.content], [10, true, "message 20"]);
  let told = 0;
  const unsubscribe = other.subscribe(() => (told += 1));
  assert.equal(await other.loadEarlier(15), true);
  assert.equal(told, 1);
  assert.equal(other.view!.messages.length, 25);
  await session.append("message 30");
  assert.equal((await until(other, ({ messages }) => messages.at(-1)?.content === "message 30")).messages.length, 26);
  assert.equal(await other.loadEarlier(), true);
  assert.equal(other.view!.hasEarlier, false);
  assert.equal(await other.loadEarlier(), false);
  unsubscribe();
  // Who holds the session without a tail sees all of it.
  assert.equal(session.view!.messages.length, 31);
});

test("a fork begins with what is there, and goes its own way", { skip }, async () => {
  const client = host.client("dora");
  const session = client.create({ title: "Parent" });
  const one = await session.append("one");
  void session.append("two");
  const whole = session.fork();
  const part = session.fork({ through: one.id });
  const written = part.append("elsewhere");
  await session.append("three");
  assert.deepEqual((await whole.ready).messages.map(({ content }) => content), ["one", "two"]);
  assert.equal((await whole.ready).forkedFrom, session.id);
  await written;
  assert.deepEqual(contents(part), ["one", "elsewhere"]);
  assert.deepEqual(contents(session), ["one", "two", "three"]);
  const lost = session.fork({ through: "01890000-0000-7000-8000-000000000000" });
  await assert.rejects(lost.ready, (error: ColloqError) => error.code === "messageNotFound");
});

test("a fork that is begun while the host is away is there when it is back", { skip }, async () => {
  const other = await Host.start();
  try {
    const session = other.client("eve").create();
    await session.append("before");
    await other.stop("SIGKILL");
    const fork = session.fork();
    const written = fork.append("after");
    await other.start();
    await written;
    assert.deepEqual(contents(fork), ["before", "after"]);
  } finally {
    await other.close();
  }
});

test("an interim transcript is rewritten from where it changed", { skip }, async () => {
  const session = host.client("fay").create();
  const writer = session.stream({ type: "user" });
  writer.write("caf\u00e9 \u{1f600} wreck a nice beach");
  await writer.begun;
  const other = host.client("fay").session(session.id);
  writer.revise(8, "recognize speech");
  writer.revise(25, "es, and more");
  writer.write(" of it");
  const message = await writer.complete();
  assert.equal(message.content, "caf\u00e9 \u{1f600} recognize speeches, and more of it");
  assert.equal((await until(other, ({ messages }) => messages[0]?.status === "complete")).messages[0]!.content, message.content);
});

test("barge-in leaves what was heard, of an answer that streams and of one that is still spoken", { skip }, async () => {
  const session = host.client("gina").create();
  await session.rename("Spoken");
  const agent = host.client("robot", "agent").session(session.id);
  await agent.ready;
  const writer = agent.stream();
  writer.write("\u00fcber alles \u{1f600} and the rest that nobody heard");
  const heard = await writer.interrupt({ heardOffset: 12, playedMs: 812.4 });
  assert.deepEqual([heard.status, heard.content, heard.metadata?.["playedMs"]], ["interrupted", "\u00fcber alles ", 812]);
  const spoken = agent.stream();
  spoken.write("all of it was written, half of it was heard");
  assert.equal((await spoken.complete()).status, "complete");
  const half = await spoken.interrupt({ heardOffset: 22 });
  assert.deepEqual([half.status, half.content], ["interrupted", "all of it was written,"]);
  // Whoever listens may do it as well; the producer hears of it.
  const talked = agent.stream();
  talked.write("on and on");
  await until(session, ({ messages }) => messages[2]?.content === "on and on");
  await session.submit({ kind: "interruptMessage", message: talked.id, heardOffset: 2 });
  await new Promise<void>((resolve) => (talked.signal.aborted ? resolve() : talked.signal.addEventListener("abort", () => resolve())));
  assert.equal((await talked.complete()).status, "interrupted");
});

test("whoever is taken over from is told, and writes no more", { skip }, async () => {
  const session = host.client("hana").create();
  const { id: replyTo } = await session.append("go on");
  const one = host.client("robot", "agent").session(session.id);
  const two = host.client("robot", "agent").session(session.id);
  await until(two, ({ messages }) => messages.length === 1);
  await until(one, ({ messages }) => messages.length === 1);
  const writer = one.stream({ replyTo });
  writer.write("the beginning");
  await until(two, ({ messages }) => messages[1]?.content === "the beginning");
  await two.submit({ kind: "takeOver", message: writer.id });
  writer.write(" and what comes too late");
  await new Promise<void>((resolve) => writer.signal.addEventListener("abort", () => resolve()));
  assert.equal((writer.signal.reason as ColloqError).code, "producerFenced");
  await two.submit({ kind: "appendDelta", message: writer.id, offset: 13, text: ", continued", epoch: 2 });
  await two.submit({ kind: "completeMessage", message: writer.id, epoch: 2 });
  assert.equal((await until(session, ({ messages }) => messages[1]?.status === "complete")).messages[1]!.content, "the beginning, continued");
});

test("a message that was taken and pushed out again at once is told as it was sent", { skip }, async () => {
  const session = host.client("eve").create();
  await session.submit({ kind: "setLimits", limits: { maxMessages: 2 } });
  const said = await Promise.all(["one", "two", "three"].map((content) => session.append({ content, turn: "t" })));
  assert.deepEqual(said.map(({ content, type, turn, status, pending }) => [content, type, turn, status, pending]), [
    ["one", "user", "t", "complete", false],
    ["two", "user", "t", "complete", false],
    ["three", "user", "t", "complete", false],
  ]);
  assert.deepEqual(contents(session), ["two", "three"]);
});
