/** `fileStore`: sessions that outlive their process, whatever ends it. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileStore, SessionManager } from "colloq/node";

const ROOT = new URL(".", import.meta.resolve("colloq/package.json"));

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "colloq-file-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "sessions.jsonl");
}

/** A manager on a file, and what it said of it. */
function opened(path: string) {
  const errors: string[] = [];
  const manager = new SessionManager({ store: fileStore(path) }).on("error", (error) => void errors.push(error.message));
  return { manager, errors };
}

test("sessions come back as they were, by flush and by close", async (t) => {
  const path = place(t);
  const { manager } = opened(path);
  const { id } = manager.createSession("ada", { title: "T", data: { 2: "b", 1: ["a", 1.5] } });
  manager.addMessage(id, { type: "user", content: "Hello", metadata: { apiCalls: ["x"] } });
  await manager.flush();
  const first = statSync(path);
  assert.equal(first.mode & 0o777, 0o600);
  await manager.flush();
  assert.equal(statSync(path).ino, first.ino, "nothing changed, so nothing was written");
  manager.addMessage(id, { type: "assistant", content: "Hi" });
  const ended = manager.createSession("bob");
  manager.deleteSession(ended.id);
  const session = manager.peekSession(id);
  manager.close();

  const { manager: again, errors } = opened(path);
  assert.deepEqual(again.peekSession(id), session);
  assert.equal(again.peekSession(ended.id), null);
  assert.ok(again.addMessage(id, { type: "user", content: "More" }));
  await again.flush();
  assert.deepEqual(errors, []);
  again.close();
  assert.deepEqual(readdirSync(join(path, "..")).sort(), ["sessions.jsonl", "sessions.jsonl.backup"]);
});

test("what changes is written by itself, soon", async (t) => {
  const path = place(t);
  const { manager } = opened(path);
  manager.createSession("ada");
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match(readFileSync(path, "utf8"), /"userId":"ada"[^]*\{"sessions":1\}\n$/);
  manager.close();
});

test("a process that ends without a word has written all the same", (t) => {
  const path = place(t);
  const script = `const { SessionManager, fileStore } = require("colloq/node");
    new SessionManager({ store: fileStore(process.argv[1]) }).createSession("ada");`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", script, path], { cwd: ROOT, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  const { manager } = opened(path);
  assert.equal(manager.sessionsOf("ada").length, 1);
  manager.close();
});

test("a second process is refused, and a killed one leaves nothing half", async (t) => {
  const path = place(t);
  const script = `const { SessionManager, fileStore } = require("colloq/node");
    const manager = new SessionManager({ store: fileStore(process.argv[1], { delayMs: 0 }) });
    const { id } = manager.createSession("ada", { id: process.argv[2] });
    (async () => {
      for (let n = 1; ; n++) {
        manager.addMessage(id, { type: "user", content: String(n) });
        if (n % 10 === 0) { await manager.flush(); console.log(n); }
      }
    })();`;
  for (let round = 0; round < 3; round++) {
    const fresh = new SessionManager().createSession("x").id;
    const child = spawn(process.execPath, ["-e", script, path, fresh], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    let told = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (told = Number(text.trim().split("\n").at(-1))));
    while (told < 20) await once(child.stdout, "data");
    assert.throws(() => opened(path), /another process has the file/);
    child.kill("SIGKILL");
    await once(child, "close");
    const { manager, errors } = opened(path);
    assert.deepEqual(errors, []);
    assert.ok(Number(manager.peekSession(fresh)?.messages.at(-1)?.content) >= told, "what was flushed is there");
    manager.deleteSession(fresh);
    manager.close();
  }
});

test("a damaged file is kept aside and its backup taken, with a word", async (t) => {
  const path = place(t);
  const { manager } = opened(path);
  const { id } = manager.createSession("ada");
  manager.addMessage(id, { type: "user", content: "first" });
  await manager.flush();
  manager.addMessage(id, { type: "user", content: "second" });
  await manager.flush();
  manager.close();

  const good = readFileSync(path, "utf8");
  const damages: [string, string, RegExp][] = [
    ["cut", good.slice(0, -20), /breaks off, in \/2/],
    ["a letter", good.replace("second", "sekond"), /not those that were written, in \/2/],
    ["a field", good.replace('"activeAt":', '"activeAt":"x","y":'), /a time is expected, in \/2\/activeAt/],
    ["a line less", good.split("\n").filter((_, at) => at !== 1).join("\n"), /has lost lines, in \/2/],
    ["no JSON", `\u0000\u0000${good.slice(2)}`, /not a JSON object, in \/1/],
    ["of a later format", good.replace('"format":1', '"format":2'), /format 2 is not known, in \/1\/format/],
  ];
  const backup = readFileSync(`${path}.backup`);
  for (const [name, text, what] of damages) {
    writeFileSync(path, text);
    writeFileSync(`${path}.backup`, backup);
    const { manager: recovered, errors } = opened(path);
    await new Promise(setImmediate);
    assert.match(errors[0] ?? "", what, name);
    assert.match(errors[0]!, /taken from .*\.backup; the file is kept as .*damaged-/);
    assert.equal(recovered.peekSession(id)?.messages.at(-1)?.content, "first");
    recovered.close();
    const aside = readdirSync(join(path, "..")).find((file) => file.includes("damaged"))!;
    assert.equal(readFileSync(join(path, "..", aside), "utf8"), text);
    rmSync(join(path, "..", aside));
    const { manager: later, errors: none } = opened(path);
    await new Promise(setImmediate);
    assert.deepEqual(none, [], "what was recovered was written");
    later.close();
  }
  truncateSync(path, 10);
  truncateSync(`${path}.backup`, 10);
  assert.throws(() => opened(path), /\/1.*and its backup:.*\/1.*Both are left as they are/);
  assert.equal(statSync(path).size, 10);
});

test("a file of an older schema is read, and written in today's", async (t) => {
  const path = place(t);
  const golden = new URL("../../tests/golden/schema-0/talk.snapshot", ROOT);
  const state = readFileSync(golden, "utf8").trim();
  const line = `{"activeAt":${Date.now()},"chain":"${"0".repeat(64)}","state":${state}}`;
  writeFileSync(path, `{"colloq":"sessions","format":1}\n${line}\n{"sessions":1}\n`);
  const manager = new SessionManager({ store: fileStore(path), now: () => 1_700_000_000_100 });
  const [session] = manager.sessionsOf("ada");
  assert.deepEqual([session?.title, session?.messages[0]?.content], ["Tea", "Hello?"]);
  assert.ok(manager.addMessage(session!.id, { type: "user", content: "Still there?" }));
  await manager.flush();
  assert.match(readFileSync(path, "utf8"), /"schema":1/);
  manager.close();
});

test("what JSON.stringify gives may be put in the place of the file", async (t) => {
  const path = place(t);
  const manager = new SessionManager();
  const { id } = manager.createSession("ada", { title: "T" });
  for (const indent of [0, 2]) {
    writeFileSync(path, JSON.stringify(manager, null, indent));
    const { manager: again } = opened(path);
    assert.equal(again.peekSession(id)?.title, "T");
    await again.flush();
    again.close();
  }
});

test("a disk that takes nothing is told of, and written to once it does", async (t) => {
  const path = place(t);
  const { manager, errors } = opened(path);
  rmSync(join(path, ".."), { recursive: true });
  manager.createSession("ada");
  await assert.rejects(manager.flush(), /could not be written: ENOENT/);
  assert.deepEqual(errors, []);
  mkdirSync(join(path, ".."));
  await manager.flush();
  assert.ok(existsSync(path));
  manager.close();
});
