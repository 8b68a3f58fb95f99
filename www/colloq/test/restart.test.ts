/**
 * Hosts that come late, go away and come back: nothing is lost, nothing arrives twice.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Host, skip, until, untilStatus } from "./host.js";

const hosts: Host[] = [];
after(() => Promise.all(hosts.map((host) => host.close())));

async function prepare(): Promise<Host> {
  const host = await Host.prepare();
  hosts.push(host);
  return host;
}

test("a session begun without a host reaches it when it comes", { skip }, async () => {
  const host = await prepare();
  const client = host.client("ann");
  const session = client.create({ title: "Begun offline" });
  const messages = Promise.all([session.append("one"), session.append("two")]);
  await session.ready;
  await untilStatus(client, "offline");
  assert.deepEqual(
    session.view!.messages.map(({ pending }) => pending),
    [true, true],
  );
  await host.start();
  assert.deepEqual(
    (await messages).map(({ content, author }) => [content, author.id]),
    [
      ["one", "ann"],
      ["two", "ann"],
    ],
  );
  assert.equal(session.view!.userId, "ann");
  assert.equal(client.pending, 0);
  const other = host.client("ann").session(session.id);
  assert.equal((await until(other, ({ messages }) => messages.length === 2)).title, "Begun offline");
});

test("a restart in the middle of writing loses nothing and doubles nothing", { skip }, async () => {
  const host = await prepare();
  await host.start();
  const client = host.client("bea");
  const session = client.create();
  await session.append("before");
  const wanted = ["before"];
  const writes: Promise<unknown>[] = [];
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 20; at++) {
      wanted.push(`${round}.${at}`);
      writes.push(session.append(`${round}.${at}`));
    }
    await host.stop(round === 1 ? "SIGTERM" : "SIGKILL");
    wanted.push(`${round} offline`);
    writes.push(session.append(`${round} offline`));
    await host.start();
  }
  await Promise.all(writes);
  assert.deepEqual(
    session.view!.messages.map(({ content }) => content),
    wanted,
  );
  const fresh = host.client("bea").session(session.id);
  const view = await until(fresh, ({ messages }) => messages.length === wanted.length);
  assert.deepEqual(view.messages, session.view!.messages);
});

test("a stream goes on over a restart", { skip }, async () => {
  const host = await prepare();
  await host.start();
  const session = host.client("cara").create();
  const { id: replyTo } = await session.append("tell me a long story");
  const agent = host.client("robot", "agent").session(session.id);
  await until(agent, ({ messages }) => messages.length === 1);
  const writer = agent.stream({ replyTo });
  const words = Array.from({ length: 120 }, (_, at) => `w\u00f6rd${at} `);
  for (const [at, word] of words.entries()) {
    writer.write(word);
    if (at === 40) await host.stop("SIGKILL");
    if (at === 80) await host.start();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const message = await writer.complete();
  assert.equal(message.content, words.join(""));
  const view = await until(session, ({ messages }) => messages[1]?.status === "complete");
  assert.equal(view.messages[1]!.content, words.join(""));
});
