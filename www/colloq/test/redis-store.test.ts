/** `redisStore`: several processes on one Redis, none of which loses what another wrote or brings back what another took away. */
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { ColloqError, type ConversationSession, redisStore, SessionManager } from "colloq/node";
import { createClient } from "redis";
import { BINARY, skip as skipHost } from "./host.js";
import { RedisServer, skipRedis } from "./redis-server.js";

const WORKER = fileURLToPath(new URL("redis-worker.js", import.meta.url));
const skip = skipRedis;

async function server(t: TestContext): Promise<RedisServer> {
  const redis = await RedisServer.start();
  t.after(() => redis.close());
  return redis;
}

/** A manager, and what it said. */
function manager(client: Parameters<typeof redisStore>[0], options: ConstructorParameters<typeof SessionManager>[0] = {}) {
  const said: string[] = [];
  const sessions = new SessionManager({ store: redisStore(client), ...options })
    .on("rejected", (error, id) => void said.push(`${error.code} ${error.command?.kind} ${id}`))
    .on("error", (error) => void said.push(error.message));
  return { sessions, said };
}

const contents = (session: ConversationSession | null) => session?.messages.map(({ content }) => content);

test("a session is in another process as it was left", { skip }, async (t) => {
  const { client } = await server(t);
  const [one, other] = [manager(client), manager(client)];
  const { id } = one.sessions.createSession("ada", { title: "T", data: { n: 1 } });
  one.sessions.addMessage(id, { type: "user", content: "Hello \u00fc", metadata: { apiCalls: ["a"] } });
  assert.equal(one.sessions.peekSession(id)!.messages[0]!.pending, true, "not in the store yet, and it says so");
  await one.sessions.flush();
  assert.equal(one.sessions.peekSession(id)!.messages[0]!.pending, undefined);
  assert.equal(other.sessions.getSession(id), null, "what was not loaded is not here");
  assert.deepEqual(contents(await other.sessions.load(id)), ["Hello \u00fc"]);
  assert.ok(other.sessions.updateSession(id, { data: { n: 2 } }));
  await other.sessions.flush();
  assert.deepEqual((await one.sessions.load(id))?.data, { n: 2 });
  const { lastActivity: _, ...mine } = one.sessions.peekSession(id)!;
  const { lastActivity: __, ...theirs } = other.sessions.peekSession(id)!;
  assert.deepEqual(mine, theirs);
  assert.equal(await one.sessions.load("018f0000-0000-7000-8000-000000000000"), null);
  assert.equal(await one.sessions.load("x"), null);
  assert.deepEqual([...one.said, ...other.said], []);
});

test("what two decided at once is all there, each once, in its order", { skip }, async (t) => {
  const { client } = await server(t);
  const managers = [manager(client), manager(client), manager(client)];
  const { id } = managers[0]!.sessions.createSession("ada");
  await managers[0]!.sessions.flush();
  for (const { sessions } of managers) await sessions.load(id);
  for (let n = 0; n < 40; n++) {
    for (const [at, { sessions }] of managers.entries()) sessions.addMessage(id, { type: "user", content: `${at} ${n}` });
    if (n % 7 === 0) await new Promise(setImmediate);
  }
  await Promise.all(managers.map(({ sessions }) => sessions.flush()));
  const all = contents(await managers[1]!.sessions.load(id))!;
  assert.equal(all.length, 120);
  for (let at = 0; at < 3; at++) {
    assert.deepEqual(all.filter((text) => text.startsWith(`${at} `)), Array.from({ length: 40 }, (_, n) => `${at} ${n}`));
  }
  assert.deepEqual(managers.flatMap(({ said }) => said), []);
});

test("what the rules refuse after all is told, and no longer shown", { skip }, async (t) => {
  const { client } = await server(t);
  const [one, other] = [manager(client), manager(client)];
  const { id } = one.sessions.createSession("ada");
  const question = one.sessions.addMessage(id, { type: "user", content: "?" })!;
  await one.sessions.flush();
  await other.sessions.load(id);
  const answer = (content: string) => ({ type: "assistant" as const, content, replyTo: question.id });
  assert.ok(one.sessions.addMessage(id, answer("one")) && other.sessions.addMessage(id, answer("other")));
  await one.sessions.flush();
  await other.sessions.flush();
  assert.deepEqual(other.said, [`alreadyAnswering appendMessage ${id}`]);
  assert.deepEqual(contents(other.sessions.getSession(id)), ["?", "one"]);
  assert.deepEqual(one.said, []);
});

test("a session that was deleted stays so, whoever still writes to it", { skip }, async (t) => {
  const { client } = await server(t);
  const [one, other] = [manager(client), manager(client)];
  const { id } = one.sessions.createSession("ada");
  await one.sessions.flush();
  await other.sessions.load(id);
  assert.ok(one.sessions.deleteSession(id));
  await one.sessions.flush();
  assert.ok(other.sessions.addMessage(id, { type: "user", content: "late" }), "nobody told this process yet");
  await other.sessions.flush();
  assert.deepEqual(other.said, [`sessionNotFound appendMessage ${id}`]);
  assert.equal(other.sessions.getSession(id), null);
  assert.equal(await other.sessions.load(id), null);
  assert.equal(await manager(client).sessions.load(id), null);
  assert.throws(() => one.sessions.createSession("ada", { id }), (error) => error instanceof ColloqError && error.code === "idTaken");
});

test("somebody's use anywhere keeps a session, and it expires once", { skip }, async (t) => {
  const { client } = await server(t);
  const clock = { now: Date.now() };
  const options = { now: () => clock.now, timeoutMs: 60_000 };
  const [one, other] = [manager(client, options), manager(client, options)];
  const expired: string[] = [];
  for (const { sessions } of [one, other]) sessions.on("expired", (session) => void expired.push(session.id));
  const { id } = one.sessions.createSession("ada");
  await one.sessions.flush();
  await other.sessions.load(id);
  clock.now += 50_000;
  assert.ok(other.sessions.getSession(id));
  await other.sessions.flush();
  clock.now += 20_000;
  assert.equal(one.sessions.getSession(id), null, "as far as is known here");
  assert.ok(await one.sessions.load(id), "and then the store is asked");
  assert.deepEqual(expired, []);
  clock.now += 61_000;
  assert.equal(await one.sessions.load(id), null);
  one.sessions.stats();
  await one.sessions.flush();
  assert.deepEqual(expired, [id]);
  assert.equal(await other.sessions.load(id), null);
  assert.deepEqual(expired, [id, id], "each process tells its own listeners");
  assert.deepEqual([...one.said, ...other.said], []);
});

test("an append whose answer was lost is not done twice", { skip }, async (t) => {
  const redis = await server(t);
  const { proxy, port } = await swallowing(t, redis);
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: () => 20 } });
  client.on("error", () => {});
  await client.connect();
  t.after(() => client.destroy());
  const { sessions, said } = manager(client);
  const { id } = sessions.createSession("ada");
  await sessions.flush();
  for (let n = 0; n < 5; n++) {
    proxy.swallows = true;
    sessions.addMessage(id, { type: "user", content: String(n) });
    await assert.rejects(sessions.flush());
    await sessions.flush().catch(() => sessions.flush()).catch(() => sessions.flush());
  }
  assert.ok(said.length >= 5, "each was told of");
  const { sessions: other } = manager(redis.client);
  assert.deepEqual(contents(await other.load(id)), ["0", "1", "2", "3", "4"]);
});

test("a long log is cut behind a snapshot, and comes back whole", { skip }, async (t) => {
  const { client } = await server(t);
  const { sessions, said } = manager(client, { maxMessages: 5_000 });
  const { id } = sessions.createSession("ada");
  for (let n = 0; n < 1_300; n++) {
    sessions.addMessage(id, { type: "user", content: String(n) });
    if (n % 100 === 0) await sessions.flush();
  }
  await sessions.flush();
  const key = (await client.keys("colloq:*:log"))[0]!;
  assert.ok((await client.lLen(key)) < 700);
  const other = manager(client, { maxMessages: 5_000 });
  assert.equal((await other.sessions.load(id))?.messages.length, 1_300);
  assert.ok(other.sessions.addMessage(id, { type: "user", content: "more" }));
  await other.sessions.flush();
  // The other one knows a head that is no place of the log any more.
  for (let n = 0; n < 600; n++) {
    other.sessions.updateSession(id, { title: String(n) });
    if (n % 100 === 0) await other.sessions.flush();
  }
  await other.sessions.flush();
  sessions.addMessage(id, { type: "user", content: "last" });
  await sessions.flush();
  assert.deepEqual(contents(sessions.getSession(id))!.slice(-3), ["1299", "more", "last"]);
  assert.deepEqual([...said, ...other.said], []);
});

test("two workers write one session, and one of them is killed", { skip }, async (t) => {
  const redis = await server(t);
  const { sessions } = manager(redis.client);
  const { id } = sessions.createSession("ada", { limits: { maxMessages: 10_000 } });
  await sessions.flush();
  const workers = ["a", "b"].map((name) => fork(WORKER, [redis.url, id, name, "200"], { stdio: ["ignore", "inherit", "inherit", "ipc"] }));
  t.after(() => workers.forEach((worker) => worker.kill("SIGKILL")));
  const kept = workers.map(() => 0);
  workers.forEach((worker, at) => worker.on("message", (count: number) => (kept[at] = count)));
  while (kept[1]! < 60) await once(workers[1]!, "message");
  workers[1]!.kill("SIGKILL");
  await Promise.all(workers.map((worker: ChildProcess) => (worker.exitCode ?? worker.signalCode) === null && once(worker, "exit")));
  const all = contents(await sessions.load(id))!;
  const of = (name: string) => all.filter((text) => text.startsWith(name)).map((text) => Number(text.slice(1)));
  assert.deepEqual(of("a"), Array.from({ length: 200 }, (_, n) => n));
  assert.ok(of("b").length >= kept[1]!, "what was flushed is there");
  assert.deepEqual(of("b"), Array.from({ length: of("b").length }, (_, n) => n), "each once, without a gap");
});

test("a Rust host on the same Redis serves the same sessions", { skip: skip || skipHost }, async (t) => {
  const redis = await server(t);
  const { sessions, said } = manager(redis.client);
  const { id } = sessions.createSession("ada", { title: "Shared" });
  sessions.addMessage(id, { type: "user", content: "from Node" });
  await sessions.flush();
  const host = spawn(BINARY!, ["serve", "--listen", "127.0.0.1:0", "--store", redis.url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => host.kill("SIGKILL"));
  let url = "";
  for await (const line of createInterface(host.stdout)) {
    if (!line.startsWith("listening on ")) continue;
    url = line.slice("listening on ".length);
    break;
  }
  const at = `${url}/v1/sessions/${id}`;
  const session = (await (await fetch(at)).json()) as { title: string; version: number };
  assert.deepEqual([session.title, session.version], ["Shared", 2]);
  const body = JSON.stringify({ type: "assistant", content: "from Rust" });
  const posted = await fetch(`${at}/messages`, { method: "POST", headers: { "content-type": "application/json" }, body });
  assert.equal(posted.status, 201);
  sessions.addMessage(id, { type: "user", content: "from Node again" });
  await sessions.flush();
  assert.deepEqual(contents(await sessions.load(id)), ["from Node", "from Rust", "from Node again"]);
  const listed = (await (await fetch(`${url}/v1/users/ada/sessions`)).json()) as { items: { id: string; messageCount: number }[] };
  assert.deepEqual(listed.items.map((item) => [item.id, item.messageCount]), [[id, 3]]);
  assert.deepEqual(said, []);
});

/** A way to a server on which an answer is now and then lost, and the connection with it. */
async function swallowing(t: TestContext, redis: RedisServer) {
  const proxy = { swallows: false };
  const sockets = new Set<Socket>();
  const listener = createServer((near) => {
    const far = connect(redis.port, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => {}).on("close", () => near.destroy() && far.destroy()));
    near.pipe(far);
    far.on("data", (data) => {
      if (!proxy.swallows) return near.write(data);
      proxy.swallows = false;
      return near.destroy();
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    listener.close();
  });
  return { proxy, port: (listener.address() as { port: number }).port };
}
