/**
 * With a real host: several clients of one session, streams, stops, and who may do what.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ColloqError, createClient } from "colloq";
import { Host, skip, until, untilStatus } from "./host.js";

let host: Host;
before(async () => {
  if (skip === false) host = await Host.start();
});
after(() => host?.close());

test("what one tab writes, the other one sees", { skip }, async () => {
  const here = host.client("ann").create({ title: "Shared" });
  const message = await here.append("hello");
  assert.equal(message.pending, false);
  assert.equal(message.author.id, "ann");
  const there = host.client("ann").session(here.id);
  await until(there, ({ messages }) => messages.length === 1);
  const written = there.append("and back");
  const view = await until(here, ({ messages }) => messages.length === 2 && !messages[1]!.pending);
  assert.deepEqual(
    view.messages.map(({ content }) => content),
    ["hello", "and back"],
  );
  await written;
  assert.deepEqual(there.view!.messages, view.messages);
  assert.equal(view.userId, "ann");
});

test("an agent streams an answer that the user follows", { skip }, async () => {
  const session = host.client("bea").create();
  const { id: replyTo } = await session.append("tell me");
  const agent = host.client("robot", "agent").session(session.id);
  await until(agent, ({ messages }) => messages.length === 1);
  const writer = agent.stream({ replyTo });
  writer.write("caf\u00e9 \ud83d");
  const partial = await until(session, ({ messages }) => messages[1]?.content === "caf\u00e9 ");
  assert.equal(partial.messages[1]!.status, "streaming");
  assert.equal(partial.messages[1]!.type, "assistant");
  writer.write("\ude00");
  const message = await writer.complete({ processingTime: 12 });
  assert.equal(message.content, "caf\u00e9 \u{1f600}");
  const whole = await until(session, ({ messages }) => messages[1]?.status === "complete");
  assert.deepEqual(whole.messages[1], agent.view!.messages[1]);
  assert.equal(whole.messages[1]!.replyTo, replyTo);
});

test("a stop arrives at the producer, and the text so far stays", { skip }, async () => {
  const session = host.client("cara").create();
  const { id: replyTo } = await session.append("count to a million");
  const agent = host.client("robot", "agent").session(session.id);
  await until(agent, ({ messages }) => messages.length === 1);
  const writer = agent.stream({ replyTo });
  async function* numbers(): AsyncGenerator<string> {
    for (let at = 1; at < 1_000_000; at++) {
      yield `${at} `;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const piped = writer.pipe(numbers());
  await until(session, ({ messages }) => (messages[1]?.content.length ?? 0) > 10);
  await session.stop();
  const message = await piped;
  assert.equal(message.status, "stopped");
  assert.ok(message.content.startsWith("1 2 3 "));
  assert.ok(writer.signal.aborted);
});

test("two agents never answer one message", { skip }, async () => {
  const session = host.client("dora").create();
  const { id: replyTo } = await session.append("who answers?");
  const agents = ["one", "two"].map((name) => host.client(name, "agent").session(session.id));
  await Promise.all(agents.map((agent) => until(agent, ({ messages }) => messages.length === 1)));
  const outcomes = await Promise.allSettled(
    agents.map((agent, at) => {
      const writer = agent.stream({ replyTo });
      writer.write(`agent ${at}`);
      return writer.complete();
    }),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 1);
  assert.equal((refused[0]!.reason as ColloqError).code, "alreadyAnswering");
  const view = await until(session, ({ messages }) => messages[1]?.status === "complete");
  assert.equal(view.messages.length, 2);
});

test("long text goes as a stream and arrives whole", { skip }, async () => {
  const session = host.client("eve").create();
  const text = "\u{1f600} long text with \u0001 in it. ".repeat(6_000);
  const message = await session.append(text);
  assert.equal(message.status, "complete");
  const other = host.client("eve").session(session.id);
  const view = await until(other, ({ messages }) => messages[0]?.status === "complete");
  assert.equal(view.messages[0]!.content, text);
});

test("a hundred messages at once keep their order", { skip }, async () => {
  const session = host.client("fay").create();
  const texts = Array.from({ length: 100 }, (_, at) => `message ${at}`);
  await Promise.all(texts.map((text) => session.append(text)));
  assert.deepEqual(
    session.view!.messages.map(({ content }) => content),
    texts,
  );
  assert.ok(session.view!.messages.every(({ pending }) => !pending));
});

test("somebody else's session does not exist", { skip }, async () => {
  const session = host.client("gina").create();
  await session.append("private");
  const stranger = host.client("hugo").session(session.id);
  await assert.rejects(stranger.ready, (error: ColloqError) => error.code === "sessionNotFound");
  await assert.rejects(stranger.append("let me in"), (error: ColloqError) => error.code === "sessionNotFound");
});

test("lists know titles and previews, and hear of new sessions", { skip }, async () => {
  const client = host.client("iris");
  const heard = new Promise<void>((resolve) => {
    const stop = client.watchSessions((list) => {
      if (list[0]?.title !== "Two" || list[1]?.title !== "One") return;
      stop();
      resolve();
    });
  });
  await client.create({ title: "One" }).append("first words");
  await client.create({ title: "Two" }).append("second words");
  await heard;
  const page = await host.client("iris").sessions({ limit: 1 });
  assert.equal(page.items[0]?.title, "Two");
  assert.equal(page.items[0]?.preview, "second words");
  const next = await client.sessions({ cursor: page.nextCursor! });
  assert.equal(next.items[0]?.title, "One");
});

test("an ended session can be read, not written", { skip }, async () => {
  const client = host.client("jane");
  const session = client.create();
  await session.append("last words");
  await session.end();
  assert.equal(session.view!.isActive, false);
  await assert.rejects(session.append("too late"), (error: ColloqError) => error.code === "sessionEnded");
  const reader = host.client("jane").session(session.id);
  assert.equal((await reader.ready).messages.length, 1);
});

test("a refused token is asked for again; none means signed out", { skip }, async () => {
  const reasons: string[] = [];
  const client = createClient({
    url: host.url,
    token: async ({ reason }) => {
      reasons.push(reason);
      return reason === "initial" ? "not a token" : host.token("kate");
    },
  });
  await client.create().append("got in");
  assert.deepEqual(reasons, ["initial", "rejected"]);
  await client.close();

  const shut = createClient({ url: host.url, token: "never issued" });
  const signedOut = new Promise<void>((resolve) => shut.on("signedOut", resolve));
  shut.create();
  await signedOut;
  assert.equal(shut.status, "signedOut");
  await shut.close();
});

test("a released session is let go of, and can be had again", { skip }, async () => {
  const client = host.client("lena");
  const session = client.create();
  await session.append("here");
  session.release();
  const again = client.session(session.id);
  assert.notEqual(again, session);
  assert.equal((await again.ready).messages[0]!.content, "here");
  await untilStatus(client, "online");
});

test("a token is renewed before it expires, on the same link", { skip }, async () => {
  const reasons: string[] = [];
  const client = createClient({
    url: host.url,
    token: async ({ reason }) => {
      reasons.push(reason);
      if (reason === "expiring") queueMicrotask(renewed);
      return host.token("mona", "user", reason === "initial" ? 2 : 600);
    },
  });
  let renewed = () => {};
  const asked = new Promise<void>((resolve) => (renewed = resolve));
  const statuses: string[] = [];
  const session = client.create();
  await session.append("with the first token");
  client.on("status", (status) => statuses.push(status));
  await asked;
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await session.append("with the second one");
  assert.deepEqual(reasons, ["initial", "expiring"]);
  assert.deepEqual(statuses, []);
  await client.close();
});
