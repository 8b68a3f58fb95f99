/**
 * Without any host: what is written is there at once, waits, and is refused only for what the rules refuse.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Client, type ColloqError, createClient } from "colloq";
import { freePort } from "./host.js";

const clients: Client[] = [];
after(() => Promise.all(clients.map((client) => client.close())));

async function offlineClient(): Promise<Client> {
  const client = createClient({ url: `http://127.0.0.1:${await freePort()}`, token: async () => "a token" });
  clients.push(client);
  return client;
}

test("making a client does nothing", () => {
  const client = createClient({
    url: "http://127.0.0.1:1",
    token: () => assert.fail("a token was asked for"),
    fetch: () => assert.fail("something was fetched"),
  });
  assert.equal(client.status, "idle");
  assert.equal(client.pending, 0);
});

test("a session is usable before the module is there, in order", async () => {
  const client = await offlineClient();
  const session = client.create<{ color: string }>({ title: "One" });
  void session.append("first");
  void session.append({ content: "second", metadata: { apiCalls: ["x"] } });
  void session.patch({ color: "blue" });
  const view = await session.ready;
  assert.equal(view.title, "One");
  assert.deepEqual(
    view.messages.map(({ content, type, status, pending }) => [content, type, status, pending]),
    [
      ["first", "user", "complete", true],
      ["second", "user", "complete", true],
    ],
  );
  assert.deepEqual(session.view?.data, { color: "blue" });
  assert.equal(client.pending, 4);
});

test("a write is in the view when the call returns; what did not change keeps its reference", async () => {
  const session = (await offlineClient()).create();
  await session.ready;
  void session.append("one");
  const before = session.view!;
  void session.append("two");
  const after = session.view!;
  assert.equal(before.messages.length, 1);
  assert.equal(after.messages.length, 2);
  assert.equal(after.messages[0], before.messages[0]);
  assert.equal(session.view, after);
  void session.rename("new");
  assert.equal(session.view!.messages, after.messages);
});

test("listeners hear once of what came together", async () => {
  const session = (await offlineClient()).create();
  await session.ready;
  await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 5)));
  let heard = 0;
  session.subscribe(() => (heard += 1));
  const changed = new Promise<void>((resolve) => session.subscribe(resolve));
  for (let at = 0; at < 10; at++) void session.append(`message ${at}`);
  await changed;
  assert.equal(heard, 1);
  assert.equal(session.view!.messages.length, 10);
});

test("what the rules refuse is refused here, and leaves no trace", async () => {
  const client = await offlineClient();
  const rejected: string[] = [];
  client.on("rejected", (error) => rejected.push(error.code));
  const session = client.create();
  await session.ready;
  await assert.rejects(
    session.append({ type: "assistant", content: "not mine to say" }),
    (error: ColloqError) => error.code === "forbidden",
  );
  await assert.rejects(session.stop("0198c0de-0000-7000-8000-000000000000"), (error: ColloqError) => error.code === "messageNotFound");
  assert.deepEqual(rejected, ["forbidden", "messageNotFound"]);
  assert.equal(session.view!.messages.length, 0);
  assert.equal(client.pending, 1);
});

test("closing settles every promise", async () => {
  const client = await offlineClient();
  const session = client.create();
  const waiting = session.append("never sent");
  await client.close();
  await assert.rejects(waiting, (error: ColloqError) => error.code === "closed");
  assert.equal(client.pending, 0);
});

test("context is written like everything else", async () => {
  const session = (await offlineClient()).create();
  await session.ready;
  void session.setProject({ id: "atlas", name: "Atlas", type: "linear" });
  void session.recordIssue({ id: "LIN-1", title: "One", status: "Todo" });
  void session.recordIssue({ id: "LIN-2", title: "Two", status: "Todo" });
  void session.recordIssue({ id: "LIN-1", title: "One", status: "Done" });
  void session.setPreferences({ responseFormat: "detailed" });
  const { activeProject, recentIssues, userPreferences } = session.view!.context;
  assert.equal(activeProject?.name, "Atlas");
  assert.deepEqual(
    recentIssues.map(({ id, status }) => `${id} ${status}`),
    ["LIN-1 Done", "LIN-2 Todo"],
  );
  assert.deepEqual(userPreferences, { language: "en", responseFormat: "detailed" });
  void session.removeIssue("LIN-2");
  void session.setProject(null);
  assert.equal(session.view!.context.recentIssues.length, 1);
  assert.equal(session.view!.context.activeProject ?? null, null);
});
