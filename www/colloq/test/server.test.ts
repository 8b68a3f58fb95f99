/**
 * `colloq/server` on a real host: everything once, also when the host dies in the middle; and without WebAssembly.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ColloqError, createServerClient, type ServerClient } from "colloq/server";
import { Host, skip } from "./host.js";

let host: Host;
let server: ServerClient;
before(async () => {
  if (skip !== false) return;
  host = await Host.start();
  server = createServerClient({ url: host.url });
});
after(() => host?.close());

test("nothing of the entry, however deep, loads WebAssembly", async () => {
  const seen = new Set<string>();
  const look = async (file: URL): Promise<void> => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const text = await readFile(file, "utf8");
    assert.doesNotMatch(text, /\.wasm|WebAssembly\.\w|wasm\/colloq|#platform/, fileURLToPath(file));
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      if (specifier!.startsWith("node:")) continue;
      await look(new URL(import.meta.resolve(specifier!.startsWith(".") ? new URL(specifier!, file).href : specifier!)));
    }
  };
  await look(new URL(import.meta.resolve("colloq/server")));
  assert.ok(seen.size > 5, "the look went deep");
});

test("a session from its creation to its erasure", { skip }, async () => {
  const session = await server.create({ userId: "ann", title: "Served", data: { step: 1 }, limits: { maxMessages: 100 } });
  assert.deepEqual([session.title, session.userId, session.data], ["Served", "ann", { step: 1 }]);
  const { id } = session;
  const asked = await server.append(id, "hello");
  assert.deepEqual([asked.type, asked.content], ["user", "hello"]);
  await server.setProject(id, { id: "atlas", name: "Atlas", type: "linear" });
  await server.recordIssue(id, { id: "LIN-1/a", title: "One", status: "Todo" });
  await server.setPreferences(id, { responseFormat: "detailed" });
  assert.deepEqual((await server.data(id, { step: null, done: true })).data, { done: true });
  const { context } = await server.get(id, { messages: 1 });
  assert.deepEqual([context.activeProject?.name, context.recentIssues[0]?.id, context.userPreferences.responseFormat], ["Atlas", "LIN-1/a", "detailed"]);
  await server.removeIssue(id, "LIN-1/a");
  await server.setProject(id, null);
  const fork = await server.fork(id, { through: asked.id });
  assert.equal(fork.forkedFrom, id);
  const list = await server.list({ userId: "ann" });
  assert.deepEqual(new Set(list.items.map((summary) => summary.id)), new Set([id, fork.id]));
  const exported = [];
  for await (const line of server.export("ann")) exported.push(line);
  assert.equal(exported.length, 2);
  await server.end(id);
  assert.equal((await server.get(id)).isActive, false);
  await assert.rejects(server.append(id, "too late"), (error: ColloqError) => error.code === "sessionEnded" && error.status === 410);
  await server.erase(id);
  await server.erase(id);
  await assert.rejects(server.get(id), (error: ColloqError) => error.code === "sessionNotFound");
});

test("a token that is made here opens the user's sessions", { skip }, async () => {
  const { token, userId } = await server.token({ userId: "bea", ttlSeconds: 60 });
  assert.equal(userId, "bea");
  const mine = createServerClient({ url: host.url, token });
  const session = await mine.create();
  assert.equal(session.userId, "bea");
  assert.deepEqual((await mine.list()).items.map(({ id }) => id), [session.id]);
});

test("an answer streams while it is written, and a stop reaches its producer", { skip }, async () => {
  const { id } = await server.create({ userId: "cara" });
  const asked = await server.append(id, "tell me");
  const writer = server.stream(id, { replyTo: asked.id, content: "\u00fcber " });
  writer.write("caf\u00e9 \ud83d");
  writer.write("\ude00");
  const text = async () => (await server.messages(id)).items[0]!;
  while ((await text()).content !== "\u00fcber caf\u00e9 \u{1f600}") await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal((await text()).status, "streaming");
  const whole = await writer.complete({ processingTime: 5 });
  assert.deepEqual([whole.status, whole.content, whole.metadata?.processingTime], ["complete", "\u00fcber caf\u00e9 \u{1f600}", 5]);

  async function* endless(): AsyncGenerator<string> {
    for (let at = 0; ; at++) {
      yield `${at} `;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const other = server.stream(id);
  const piped = other.pipe(endless());
  while (!(await text()).content.startsWith("0 1 2 ")) await new Promise((resolve) => setTimeout(resolve, 10));
  await server.stop(id, other.id);
  assert.equal((await piped).status, "stopped");
  assert.ok(other.signal.aborted);

  const lost = server.stream(id, { replyTo: asked.id });
  lost.write("too late");
  await assert.rejects(lost.complete(), (error: ColloqError) => error.code === "alreadyAnswering");
});

test("what is tried again happens once: the host dies in the middle of everything", { skip, timeout: 60_000 }, async () => {
  const mortal = await Host.start();
  try {
    let lost = 0;
    const client = createServerClient({
      url: mortal.url,
      tries: 20,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        // Every third write is done, and nobody hears of it.
        if (init?.method === "POST" && !String(input).endsWith("/stream") && ++lost % 3 === 0) throw new TypeError("the answer was lost");
        return response;
      },
    });
    const { id } = await client.create({ userId: "dora" });
    const wanted: string[] = [];
    for (let at = 0; at < 9; at++) {
      wanted.push(`message ${at}`);
      if (at === 4) await mortal.stop("SIGKILL").then(() => void setTimeout(() => void mortal.start(), 200));
      await client.append(id, `message ${at}`);
    }
    const writer = client.stream(id);
    const words = Array.from({ length: 100 }, (_, at) => `w\u00f6rd${at} `);
    for (const [at, word] of words.entries()) {
      writer.write(word);
      await new Promise((resolve) => setTimeout(resolve, 3));
      if (at === 50) await mortal.stop("SIGKILL").then(() => mortal.start());
    }
    const message = await writer.complete();
    assert.equal(message.content, words.join(""));
    const { messages } = await client.get(id);
    assert.deepEqual(messages.map(({ content }) => content), [...wanted, words.join("")]);
  } finally {
    await mortal.close();
  }
});

test("a day takes more than a few hundred writes", { skip }, async () => {
  const client = createServerClient({ url: host.url });
  const { id } = await client.create({ userId: "ed", limits: { maxMessages: 10 } });
  for (let at = 0; at < 300; at++) await Promise.all([client.append(id, `message ${at}`), client.data(id, { at })]);
  assert.deepEqual((await client.get(id)).data, { at: 299 });
  await assert.rejects(client.append(id, { id: (await client.get(id)).messages[0]!.id, content: "again" }), { code: "idTaken" });
});
