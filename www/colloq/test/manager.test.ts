/** `SessionManager` in memory: what it shares with a Map of sessions, and what it adds. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { ColloqError, type ConversationSession, SessionManager } from "colloq/node";

const MINUTE = 60_000;

/** A manager whose clock stands still until it is moved. */
function stopped(options: ConstructorParameters<typeof SessionManager>[0] = {}) {
  const clock = { now: 1_764_000_000_000 };
  const manager = new SessionManager({ now: () => clock.now, ...options });
  return { clock, manager };
}

test("a session is as it was created, with dates", () => {
  const { clock, manager } = stopped();
  const session = manager.createSession("ada", { title: "Notes", data: { theme: "dark" } });
  assert.equal(session.userId, "ada");
  assert.deepEqual([session.title, session.data, session.messages, session.isActive], ["Notes", { theme: "dark" }, [], true]);
  assert.ok(session.createdAt instanceof Date && session.lastActivity instanceof Date);
  assert.equal(session.createdAt.getTime(), clock.now);
  assert.deepEqual(session.context, { recentIssues: [], userPreferences: { language: "en", responseFormat: "brief" } });
  assert.match(session.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  assert.equal(manager.getSession(session.id), session, "nothing changed, so it is the same object");
});

test("whoever is unknown, malformed or not even text is null", () => {
  const { manager } = stopped();
  for (const id of ["", "x", "__proto__", "018f0000-0000-7000-8000-000000000000", 7, null, undefined, {}] as string[]) {
    assert.equal(manager.getSession(id), null);
    assert.equal(manager.updateSession(id, { title: "x" }), false);
    assert.equal(manager.addMessage(id, { type: "user", content: "x" }), null);
    assert.equal(manager.deleteSession(id), false);
  }
  assert.throws(() => manager.createSession(""), (error) => error instanceof ColloqError && error.code === "invalid");
  assert.throws(() => manager.createSession(7 as unknown as string), TypeError);
  assert.throws(() => manager.createSession("ada", { id: "not-an-id" }), TypeError);
});

test("being used slides the timeout, being looked at does not", () => {
  const { clock, manager } = stopped();
  const expired: string[] = [];
  manager.on("expired", ({ id, ended }) => expired.push(`${id} ${ended?.reason}`));
  const { id } = manager.createSession("ada");
  clock.now += 29 * MINUTE;
  assert.equal(manager.getSession(id)?.lastActivity.getTime(), clock.now);
  clock.now += 29 * MINUTE;
  assert.ok(manager.updateSession(id, { title: "x" }));
  clock.now += 29 * MINUTE;
  assert.ok(manager.peekSession(id));
  clock.now += MINUTE;
  assert.equal(manager.getSession(id), null);
  assert.deepEqual(expired, [`${id} idle`]);
  assert.equal(manager.updateSession(id, { title: "y" }), false);
  assert.throws(() => manager.createSession("ada", { id }), (error) => error instanceof ColloqError && error.code === "idTaken");
});

test("an absolute time ends a session that is used", () => {
  const { clock, manager } = stopped({ timeoutMs: 10 * MINUTE, absoluteMs: 15 * MINUTE });
  const { id } = manager.createSession("ada");
  clock.now += 9 * MINUTE;
  assert.ok(manager.getSession(id));
  clock.now += 6 * MINUTE;
  assert.equal(manager.getSession(id), null);
});

test("updates are taken whole or not at all", () => {
  const { clock, manager } = stopped();
  const { id } = manager.createSession("ada", { data: { a: 1, deep: { b: 2, c: [1] } } });
  const project = { id: "p1", name: "Engine", type: "linear" };
  assert.ok(manager.updateSession(id, { title: "T", context: { activeProject: project }, data: { deep: { b: 3, c: [1] }, d: "x" } }));
  let session = manager.getSession(id)!;
  assert.deepEqual([session.title, session.context.activeProject, session.data], ["T", project, { deep: { b: 3, c: [1] }, d: "x" }]);
  assert.deepEqual(session.context.userPreferences, { language: "en", responseFormat: "brief" });

  const { version } = session;
  for (const refused of [
    { id: "other" }, { createdAt: new Date(0) }, { version: 7 }, { unknown: 1 }, { isActive: "no" }, { title: 7 }, { data: [] },
    { title: "taken?", context: { activeProject: { id: "" } } }, { data: { big: 1n } }, { context: { other: 1 } },
  ] as object[]) assert.equal(manager.updateSession(id, refused), false, Object.keys(refused).join());
  assert.equal(manager.getSession(id)!.version, version, "nothing of them was taken");

  // As spread by callers of a Map.
  assert.ok(manager.updateSession(id, { ...session, lastActivity: new Date(), title: "U" }));
  assert.ok(manager.updateSession(id, { context: { ...session.context, activeProject: undefined, userPreferences: { language: "de", responseFormat: "detailed" } } }));
  session = manager.getSession(id)!;
  assert.deepEqual([session.title, session.context.activeProject, session.context.userPreferences.language], ["U", undefined, "de"]);
  assert.ok(manager.updateSession(id, { title: null, userId: "bob" }));
  session = manager.getSession(id)!;
  assert.deepEqual([session.title, session.userId], [undefined, "bob"]);
  assert.deepEqual([manager.sessionsOf("ada").length, manager.sessionsOf("bob").length], [0, 1]);
  clock.now += 1;
  assert.ok(manager.updateSession(id, { isActive: false, title: "last" }));
  session = manager.getSession(id)!;
  assert.deepEqual([session.isActive, session.title, session.ended?.reason], [false, "last", "ended"]);
  assert.equal(manager.updateSession(id, { title: "later" }), false);
});

test("recent issues follow a list that is given", () => {
  const { manager } = stopped();
  const { id } = manager.createSession("ada");
  const issue = (n: number, status = "open") => ({ id: `LIN-${n}`, title: `Issue ${n}`, status });
  const lists = [[issue(2), issue(1)], [issue(3), issue(2), issue(1)], [issue(1), issue(3)], [issue(1, "done"), issue(3)], [issue(3, "done")], []];
  for (const recentIssues of lists) {
    assert.ok(manager.updateSession(id, { context: { recentIssues } }));
    assert.deepEqual(manager.getSession(id)!.context.recentIssues, recentIssues);
  }
});

test("a tail of messages is appended, anything else refused", () => {
  const { manager } = stopped();
  const { id } = manager.createSession("ada");
  const first = manager.addMessage(id, { type: "user", content: "Hello", metadata: { apiCalls: ["a"], processingTime: 3 } })!;
  assert.ok(first.timestamp instanceof Date);
  assert.deepEqual([first.type, first.content, first.author, first.metadata], ["user", "Hello", { role: "user", id: "ada" }, { apiCalls: ["a"], processingTime: 3 }]);
  const { messages } = manager.getSession(id)!;
  const tail = [{ type: "assistant" as const, content: "Hi" }, { type: "user" as const, content: "What now?", id: "msg_1", timestamp: new Date() }];
  assert.ok(manager.updateSession(id, { messages: [...messages, ...tail] }));
  const after = manager.getSession(id)!.messages;
  assert.deepEqual(after.map(({ content }) => content), ["Hello", "Hi", "What now?"]);
  assert.equal(after[0], first, "what did not change is the same object");
  for (const other of [[], after.slice(1), [...after].reverse(), [{ ...after[0], content: "changed" }, ...after.slice(1)], [...after, 7], "x"]) {
    assert.equal(manager.updateSession(id, { messages: other as typeof after }), false);
  }
  assert.ok(manager.updateSession(id, { messages: after }), "those that are there");
  assert.equal(manager.getSession(id)!.messages, after);
  assert.throws(() => manager.addMessage(id, { type: "bot" as "user", content: "x" }), (error) => error instanceof ColloqError);
  assert.throws(() => manager.addMessage(id, { type: "user", content: "x".repeat(2 ** 20) }), (error) => error instanceof ColloqError && error.code === "tooLarge");
});

test("a forgotten update throws instead of vanishing", () => {
  const { manager } = stopped();
  const { id } = manager.createSession("ada", { data: { list: [{ n: 1 }] } });
  manager.addMessage(id, { type: "user", content: "x", metadata: { deep: { a: 1 } } });
  const session = manager.getSession(id)! as unknown as Record<string, never> & ConversationSession;
  const writes: ((s: any) => void)[] = [
    (s) => (s.title = "x"), (s) => s.messages.push({}), (s) => (s.messages[0].content = "y"), (s) => (s.lastActivity = new Date()),
    (s) => (s.data.list[0].n = 2), (s) => (s.context.activeProject = {}), (s) => (s.messages[0].metadata.deep.a = 2), (s) => (s.messages[0].author.id = "eve"),
  ];
  for (const write of writes) assert.throws(() => write(session), TypeError, String(write));
  const data = { list: [1] };
  assert.ok(manager.updateSession(id, { data }));
  data.list.push(2);
  assert.deepEqual(manager.getSession(id)!.data, { list: [1] }, "what was given is copied");
});

test("beyond the maximum the least recently used is evicted", () => {
  const { clock, manager } = stopped({ maxSessions: 3 });
  const evicted: string[] = [];
  manager.on("evicted", ({ title, isActive }) => evicted.push(`${title} ${isActive}`));
  const ids = ["a", "b", "c"].map((title) => (clock.now++, manager.createSession("ada", { title }).id));
  manager.getSession(ids[0]!);
  manager.createSession("ada", { title: "d" });
  assert.deepEqual(evicted, ["b false"]);
  assert.equal(manager.getSession(ids[1]!), null);
  assert.deepEqual(new Set(manager.sessionsOf("ada").map(({ title }) => title)), new Set(["d", "a", "c"]));
  assert.deepEqual(manager.stats(), { sessions: 3, active: 3, users: 1, messages: 0, maxSessions: 3, created: 4, expired: 0, evicted: 1, ended: 0 });
});

test("beyond the history's limit the oldest messages leave, the others stay what they are", () => {
  const { manager } = stopped({ maxMessages: 5 });
  const { id } = manager.createSession("ada");
  for (let n = 0; n < 5; n++) manager.addMessage(id, { type: "user", content: `${n}` });
  for (let n = 5; n < 40; n++) {
    const before = manager.getSession(id)!.messages;
    manager.addMessage(id, { type: n % 2 ? "assistant" : "user", content: `${n}` });
    const { messages, hasEarlier } = manager.getSession(id)!;
    assert.deepEqual(messages.map(({ content }) => content), [4, 3, 2, 1, 0].map((back) => `${n - back}`));
    assert.ok(hasEarlier && messages.slice(0, 4).every((message, at) => message === before[at + 1]));
  }
});

test("events come with the session, once", () => {
  const { clock, manager } = stopped();
  const events: string[] = [];
  for (const event of ["created", "expired", "evicted", "ended"] as const) manager.on(event, ({ title }) => void events.push(`${event} ${title}`));
  const [a, b] = ["a", "b", "c"].map((title) => manager.createSession("ada", { title }).id) as [string, string, string];
  manager.submit(a, { kind: "end" });
  assert.ok(manager.deleteSession(b) && !manager.deleteSession(b) && manager.deleteSession(a));
  clock.now += 31 * MINUTE;
  assert.equal(manager.stats().sessions, 0);
  assert.deepEqual(events, ["created a", "created b", "created c", "ended a", "ended b", "expired c"]);
});

test("a session that was ended can be read for as long as it would have lived", () => {
  const { clock, manager } = stopped();
  const { id } = manager.createSession("ada");
  manager.submit(id, { kind: "end" });
  clock.now += 29 * MINUTE;
  assert.equal(manager.getSession(id)?.isActive, false);
  assert.equal(manager.addMessage(id, { type: "user", content: "x" }), null);
  clock.now += MINUTE;
  assert.equal(manager.getSession(id), null);
  assert.equal(manager.stats().sessions, 0);
});

test("parts are shown where they say more than the text", () => {
  const { manager } = stopped();
  const { id } = manager.createSession("ada");
  const parts = [{ id: "a", type: "text", text: "See " }, { id: "b", type: "file", url: "x" }];
  const message = manager.addMessage(id, { type: "user", parts })!;
  assert.deepEqual([message.content, message.parts], ["See ", parts]);
  assert.equal("parts" in manager.addMessage(id, { type: "user", content: "plain" })!, false);
});

test("any command of the core, as anybody", () => {
  const { manager } = stopped();
  const { id } = manager.createSession("ada");
  const seen: (string | null | undefined)[] = [];
  const off = manager.subscribe(id, (session) => seen.push(session && session.messages.at(-1)?.content));
  const agent = { role: "agent", id: "bot" } as const;
  const [message] = manager.submit(id, { kind: "appendMessage", message: { type: "assistant", status: "streaming" } }, agent);
  manager.submit(id, { kind: "appendDelta", message: message!, offset: 0, text: "Hel" }, agent);
  manager.submit(id, { kind: "appendDelta", message: message!, offset: 3, text: "lo" }, agent);
  manager.submit(id, { kind: "stopMessage", message: message! }, { role: "user", id: "ada" });
  assert.throws(() => manager.submit(id, { kind: "appendDelta", message: message!, offset: 5, text: "!" }, agent), (error) => error instanceof ColloqError && error.code === "messageStopped");
  assert.throws(() => manager.submit(id, { kind: "rename", title: "x" }, { role: "user", id: "eve" }), (error) => error instanceof ColloqError && error.code === "sessionNotFound");
  assert.deepEqual([...seen], ["", "Hel", "Hello", "Hello"]);
  assert.equal(manager.getSession(id)!.messages[0]!.status, "stopped");
  off();
  manager.submit(id, { kind: "rename", title: "x" });
  const last = manager.subscribe(id, (session) => seen.push(session?.title ?? null));
  manager.deleteSession(id);
  last();
  assert.equal(seen.at(-1), null);
  assert.equal(seen.length, 5);
});

test("a stream that fell silent fails, and the session goes on", () => {
  const { clock, manager } = stopped();
  const { id } = manager.createSession("ada");
  manager.submit(id, { kind: "appendMessage", message: { type: "assistant", status: "streaming", content: "half" } });
  clock.now += 2 * MINUTE;
  const session = manager.getSession(id)!;
  assert.deepEqual([session.isActive, session.messages[0]!.status, session.messages[0]!.content], [true, "failed", "half"]);
});

test("JSON comes back to the version, and what is wrong in it is named", () => {
  const { clock, manager } = stopped();
  const { id } = manager.createSession("ada", { title: "T", data: { b: 1, a: [1.5, "x"] } });
  manager.addMessage(id, { type: "user", content: "Hello" });
  manager.createSession("bob");
  const json = JSON.stringify(manager);
  const again = SessionManager.fromJSON(json, { now: () => clock.now });
  assert.deepEqual(again.peekSession(id), manager.peekSession(id));
  assert.equal(JSON.stringify(again), json);
  assert.ok(again.addMessage(id, { type: "assistant", content: "Hi" }));

  const broken = (change: (value: any) => void) => {
    const value = JSON.parse(json);
    change(value);
    try {
      SessionManager.fromJSON(value);
      return "taken";
    } catch (error) {
      return (error as { path?: string }).path;
    }
  };
  const at = JSON.parse(json).sessions.findIndex((session: { id: string }) => session.id === id);
  assert.equal(broken(() => {}), "taken");
  assert.equal(broken((value) => (value.format = 9)), "/format");
  assert.equal(broken((value) => (value.sessions = {})), "/sessions");
  assert.equal(broken((value) => (value.sessions[1] = 7)), "/sessions/1");
  assert.equal(broken((value) => (value.sessions[at].messages[0].type = "bot")), `/sessions/${at}/messages/0/type`);
  assert.equal(broken((value) => (value.sessions[at].createdAt = "now")), `/sessions/${at}/createdAt`);
  assert.equal(broken((value) => (value.sessions[at].activeAt = null)), `/sessions/${at}/activeAt`);
  assert.equal(broken((value) => delete value.sessions[at].userId), `/sessions/${at}/userId`);
  assert.equal(broken((value) => (value.sessions[at].data = [])), `/sessions/${at}/data`);
  assert.equal(broken((value) => (value.sessions[at].limits.maxMessages = 0)), `/sessions/${at}/limits/maxMessages`);
  assert.equal(broken((value) => (value.sessions[at].chain = "x")), `/sessions/${at}/chain`);
  assert.equal(broken((value) => (value.sessions[0].id = value.sessions[1].id)), "/sessions/1");
  // Databases of JSON give keys back in an order of their own.
  assert.equal(broken((value) => (value.sessions = value.sessions.map((session: object) => Object.fromEntries(Object.entries(session).reverse())))), "taken");
});

test("nothing keeps the process alive, and the timer expires what nobody asks for", () => {
  const script = `
    const { SessionManager } = require("colloq/node");
    const manager = new SessionManager({ timeoutMs: 50 });
    manager.on("expired", () => { console.log("expired", manager.stats().sessions); });
    manager.createSession("ada");
    if (process.argv[1] === "wait") setTimeout(() => {}, 400);`;
  const cwd = new URL(".", import.meta.resolve("colloq/package.json"));
  const run = (...more: string[]) => spawnSync(process.execPath, ["-e", script, ...more], { cwd, encoding: "utf8", timeout: 20_000 });
  const [ends, waits] = [run(), run("wait")];
  assert.deepEqual([ends.status, ends.stdout, ends.stderr], [0, "", ""]);
  assert.deepEqual([waits.status, waits.stdout, waits.stderr], [0, "expired 0\n", ""]);
});

test("options out of range are refused", () => {
  for (const options of [{ timeoutMs: 0 }, { timeoutMs: NaN }, { maxSessions: 0 }, { maxSessions: 1.5 }, { maxMessages: -1 }, { absoluteMs: "1" as unknown as number }]) {
    assert.throws(() => new SessionManager(options), RangeError);
  }
  const { manager } = stopped({ timeoutMs: Infinity });
  const session = manager.createSession("ada", { limits: { maxMessages: 2 } });
  assert.deepEqual([session.limits.idleMs, session.limits.maxMessages], [null, 2]);
  manager.close();
  manager.close();
  assert.throws(() => manager.createSession("ada"), (error) => error instanceof ColloqError && error.code === "closed");
});

test("CommonJS gets the same", () => {
  const required = createRequire(import.meta.url)("colloq/node") as typeof import("colloq/node");
  const manager = new required.SessionManager();
  assert.equal(manager.getSession(manager.createSession("ada").id)?.userId, "ada");
});
