/**
 * Without WebSocket: a proxy that refuses every upgrade stands between the client and a real host.
 */
import assert from "node:assert/strict";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { type Client, createClient, type Session, type Transport } from "colloq";
import { Host, skip, until, untilStatus } from "./host.js";

let host: Host;
let proxy: Server;
let upgrades = 0;
const clients: Client[] = [];

before(async () => {
  if (skip !== false) return;
  host = await Host.start();
  proxy = createServer((from, to) => {
    const target = new URL(from.url!, host.url);
    const asked = request(target, { method: from.method, headers: { ...from.headers, host: target.host } }, (answer) => {
      to.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(to);
      answer.on("error", () => to.destroy());
    });
    asked.on("error", () => to.destroy());
    to.on("close", () => asked.destroy());
    from.pipe(asked);
  });
  proxy.on("upgrade", (_, socket) => {
    upgrades += 1;
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await Promise.all(clients.map((client) => client.close()));
  proxy?.closeAllConnections();
  proxy?.close();
  await host?.close();
});

function proxied(userId: string, transport?: Transport, role: "user" | "agent" = "user"): Client {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const client = createClient({ url, token: () => host.token(userId, role), ...(transport && { transport }) });
  clients.push(client);
  return client;
}

const contents = (session: Session) => session.view!.messages.map(({ content }) => content);

test("a client falls back by itself, and writes exactly once", { skip, timeout: 30_000 }, async () => {
  const session = proxied("ann").create({ title: "By events" });
  const texts = Array.from({ length: 100 }, (_, at) => `message ${at}`);
  const sent = texts.map((text) => session.append(text));
  assert.equal((await Promise.all(sent))[99]!.author.id, "ann");
  assert.ok(upgrades > 0);
  assert.deepEqual(contents(session), texts);
  const other = host.client("ann").session(session.id);
  await until(other, ({ messages }) => messages.length === 100);
  await other.append("by WebSocket");
  await until(session, ({ messages }) => messages.at(-1)?.content === "by WebSocket");
  assert.deepEqual(session.view!.messages, other.view!.messages);
});

test("a stream is followed, and stopped, and agents find their work", { skip, timeout: 30_000 }, async () => {
  const agent = proxied("robot", "sse", "agent");
  const work = agent.serve(async (turn) => {
    const writer = turn.reply();
    async function* numbers(): AsyncGenerator<string> {
      for (let at = 0; at < 500; at++) {
        yield `${at} `;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    await writer.pipe(numbers());
  });
  const session = proxied("bea", "sse").create();
  await session.append("count");
  await until(session, ({ messages }) => messages[1]?.status === "streaming" && messages[1].content.length > 20);
  await session.stop();
  const view = await until(session, ({ messages }) => messages[1]?.status === "stopped");
  assert.ok(view.messages[1]!.content.startsWith("0 1 2 "));
  await work.close();
});

test("lists are told what changes, and somebody else's session is not there", { skip, timeout: 30_000 }, async () => {
  const client = proxied("cara", "sse");
  const titles: string[] = [];
  const heard = new Promise<void>((resolve) => {
    client.watchSessions((list) => {
      titles.push(list.map(({ title }) => title).join());
      if (list[0]?.title === "Made elsewhere") resolve();
    });
  });
  await untilStatus(client, "online");
  await host.client("cara").create({ title: "Made elsewhere" }).append("hello");
  await heard;
  const theirs = host.client("dora").create();
  await theirs.append("private");
  await assert.rejects(client.session(theirs.id).ready, { code: "sessionNotFound" });
});

test("a host that dies loses nothing here either", { skip, timeout: 60_000 }, async () => {
  const client = proxied("eve", "sse");
  const session = client.create();
  const wanted: string[] = [];
  const writes: Promise<unknown>[] = [];
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 10; at++) {
      wanted.push(`${round}.${at}`);
      writes.push(session.append(`${round}.${at}`));
    }
    if (round === 0) await writes[0];
    await host.stop("SIGKILL");
    wanted.push(`${round} offline`);
    writes.push(session.append(`${round} offline`));
    await host.start();
  }
  await Promise.all(writes);
  assert.deepEqual(contents(session), wanted);
  const fresh = host.client("eve").session(session.id);
  assert.deepEqual((await until(fresh, ({ messages }) => messages.length === wanted.length)).messages, session.view!.messages);
});
