/**
 * The middleware of `colloq/express`: in this process and with a host, on Express 5 and 4, by what its visitors see.
 */
import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Client, createClient } from "colloq";
import { type Colloq, colloq, ColloqError, type ColloqOptions } from "colloq/express";
import express5, { type ErrorRequestHandler, type Request } from "express";
import { Host, skip, until } from "./host.js";
import { Site, Visitor } from "./visitor.js";

// The types of Express 5 are those of 4 for all that is used here.
const express4 = ((await import("express4" as string)) as { default: typeof express5 }).default;

/** The user whom a request names; a real application has it from its session. */
const authenticate = (req: { headers: Request["headers"] }) => req.headers["x-user"] as string | undefined;
const as = (user: string) => ({ "x-user": user });

/** What an application with conversations does. */
function application(express: typeof express5, chat: Colloq): express5.Express {
  const app = express();
  app.use(chat);
  app.use(express.json());
  const route = (handler: (req: Request, res: express5.Response) => Promise<unknown>): express5.RequestHandler => {
    return (req, res, next) => void handler(req, res).catch(next);
  };
  app.get("/plain", (_req, res) => void res.send("plain"));
  app.get("/page", (_req, res) => void res.type("html").send("<!doctype html>"));
  app.get("/who", route(async (req, res) => res.json(await req.conversation.who())));
  app.get("/chat", route((req, res) => req.conversation.send(res, req.query["messages"] ? { messages: Number(req.query["messages"]) } : {})));
  app.get("/view", route(async (req, res) => res.json(await req.conversation.read())));
  app.get("/list", route(async (req, res) => res.json(await req.conversation.list())));
  app.get("/chats/:id", route((req, res) => req.conversation.at(req.params["id"] as string).send(res)));
  app.post("/chat", route(async (req, res) => res.status(201).json(await req.conversation.append(req.body as { content: string }))));
  app.post("/answer", route(async (req, res) => {
    const { replyTo } = req.body as { replyTo: string };
    const writer = await req.conversation.reply({ replyTo });
    writer.write("Hello ");
    writer.write("there");
    res.json(await writer.complete({ apiCalls: ["greet"], processingTime: 3 }));
  }));
  app.post("/context", route(async (req, res) => {
    await req.conversation.setProject({ id: "p", name: "Parser", type: "linear" });
    await req.conversation.recordIssue({ id: "COD-1", title: "It fails", status: "open" });
    await req.conversation.setPreferences({ responseFormat: "detailed" });
    await req.conversation.data({ topic: "parsers" });
    await req.conversation.rename("Parsers");
    res.json((await req.conversation.read())!.context);
  }));
  app.post("/end", route(async (req, res) => res.json(await req.conversation.end() ?? null)));
  const failed: ErrorRequestHandler = (error: ColloqError, _req, res, _next) => void res.status(error.status ?? 500).json({ code: error.code });
  app.use(failed);
  return app;
}

let people = 0;

/** Users of one case only: a host remembers those of others. */
function user(): string {
  return `user-${process.pid}-${people++}`;
}

const CASES: Record<string, (stage: { site: Site }) => Promise<void>> = {
  "a guest says something, and has it under a cookie that only browsers handle": async ({ site }) => {
    const [ada, ben] = [new Visitor(site), new Visitor(site)];
    const first = await ada.get("/chat");
    assert.deepEqual([first.status, first.text], [200, "null"]);
    assert.match(first.set[0]!, /^colloq=guest-[\w-]{22}\.[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const said = await ada.ask("POST", "/chat", { content: "Hello!" });
    assert.deepEqual([said.status, JSON.parse(said.text).content, said.set], [201, "Hello!", []]);
    const view = JSON.parse((await ada.get("/chat")).text);
    assert.deepEqual(view.messages.map((message: { content: string }) => message.content), ["Hello!"]);
    assert.equal(view.userId, JSON.parse((await ada.get("/who")).text).userId);
    assert.equal((await ben.get("/chat")).text, "null");
    assert.deepEqual(await ben.get(`/chats/${view.id}`).then(({ status, text }) => [status, text]), [404, '{"code":"sessionNotFound"}']);
  },

  "a request that has nothing to do with conversations costs and sets nothing; a page that is visited sets the cookie": async ({ site }) => {
    const ada = new Visitor(site);
    assert.deepEqual((await ada.get("/plain")).set, []);
    assert.equal((await ada.get("/page", { accept: "text/html,*/*" })).set.length, 1);
    assert.equal((await ada.get("/page", { accept: "text/html" })).set.length, 0);
  },

  "an id that was not given here is never taken": async ({ site }) => {
    const ada = new Visitor(site);
    await ada.ask("POST", "/chat", { content: "Mine" });
    const [, id, signature] = /colloq=(.*)\.(.*)/.exec(ada.cookie)!;
    for (const value of [id!, `${id}.`, `${id}.${signature!.slice(1)}`, `guest-mallory.${signature}`, ".", "x".repeat(5_000), `${id}.${"A".repeat(43)}`]) {
      const mallory = new Visitor(site);
      mallory.say("colloq", value);
      const came = await mallory.get("/who");
      assert.notEqual(JSON.parse(came.text).userId, id);
      assert.notEqual(JSON.parse(came.text).userId, "guest-mallory");
      assert.equal(came.set.length, 1, "another one is given");
    }
  },

  "who signs in has what they said as a guest, and the guest has nothing any more": async ({ site }) => {
    const [ada, name] = [new Visitor(site), user()];
    await ada.ask("POST", "/chat", { content: "Before" });
    const guest = /colloq=(.*)/.exec(ada.cookie)![1]!;
    const { id } = JSON.parse((await ada.get("/chat")).text);
    const signed = await ada.get("/chat", as(name));
    assert.match(signed.set[0]!, /^colloq=; Path=\/; Max-Age=0/);
    const view = JSON.parse(signed.text);
    assert.deepEqual([view.id, view.userId, view.messages[0].content], [id, name, "Before"]);
    assert.equal((await new Visitor(site).get("/who", as(name))).text, JSON.stringify({ userId: name, role: "user", isGuest: false }));
    const mallory = new Visitor(site);
    mallory.say("colloq", guest);
    assert.equal((await mallory.get("/chat")).text, "null");
    assert.equal((await mallory.get(`/chats/${id}`)).status, 404);
  },

  "two things said first at once begin one conversation": async ({ site }) => {
    const [ada, name] = [new Visitor(site), user()];
    await Promise.all(Array.from({ length: 5 }, (_, at) => ada.ask("POST", "/chat", { content: `${at}` }, as(name))));
    const { items } = JSON.parse((await ada.get("/list", as(name))).text);
    assert.deepEqual(items.map((line: { messageCount: number }) => line.messageCount), [5]);
  },

  "it is sent as it is kept: with a tag, and not to who has it": async ({ site }) => {
    const [ada, name] = [new Visitor(site), user()];
    for (const content of ["One", "Two"]) await ada.ask("POST", "/chat", { content }, as(name));
    const whole = await ada.get("/chat", as(name));
    assert.match(whole.headers.get("etag")!, /^W\/"all-\d+"$/);
    assert.equal(whole.headers.get("cache-control"), "no-store");
    const again = await ada.get("/chat", { ...as(name), "if-none-match": whole.headers.get("etag")! });
    assert.deepEqual([again.status, again.text], [304, ""]);
    const last = await ada.get("/chat?messages=1", { ...as(name), "if-none-match": whole.headers.get("etag")! });
    assert.deepEqual(JSON.parse(last.text).messages.map((message: { content: string }) => message.content), ["Two"]);
    const view = JSON.parse((await ada.get("/view", as(name))).text);
    assert.deepEqual(view.messages.map(({ pending, ...message }: { pending: boolean }) => (assert.equal(pending, false), message)), JSON.parse(whole.text).messages);
  },

  "an agent answers once, and notes what it did": async ({ site }) => {
    const [ada, name] = [new Visitor(site), user()];
    const { id } = JSON.parse((await ada.ask("POST", "/chat", { content: "Hello?" }, as(name))).text);
    const answer = JSON.parse((await ada.ask("POST", "/answer", { replyTo: id }, as(name))).text);
    assert.deepEqual([answer.content, answer.status, answer.author.role, answer.replyTo], ["Hello there", "complete", "agent", id]);
    assert.deepEqual(answer.metadata, { apiCalls: ["greet"], processingTime: 3 });
    const other = await ada.ask("POST", "/answer", { replyTo: id }, as(name));
    assert.deepEqual([other.status, other.text], [409, '{"code":"alreadyAnswering"}']);
  },

  "what it is about is noted, and what is over begins anew": async ({ site }) => {
    const [ada, name] = [new Visitor(site), user()];
    const context = JSON.parse((await ada.ask("POST", "/context", {}, as(name))).text);
    assert.deepEqual([context.activeProject.name, context.recentIssues[0].id, context.userPreferences], ["Parser", "COD-1", { language: "en", responseFormat: "detailed" }]);
    const { id, title, data } = JSON.parse((await ada.get("/chat", as(name))).text);
    assert.deepEqual([title, data], ["Parsers", { topic: "parsers" }]);
    assert.equal((await ada.ask("POST", "/end", {}, as(name))).status, 200);
    assert.equal((await ada.get("/chat", as(name))).text, "null");
    assert.equal(JSON.parse((await ada.get(`/chats/${id}`, as(name))).text).isActive, false);
    await ada.ask("POST", "/chat", { content: "Again" }, as(name));
    assert.notEqual(JSON.parse((await ada.get("/chat", as(name))).text).id, id);
  },

  "pages have the routes that the client asks for, as the same person, whether a parser was there first or not": async ({ site }) => {
    const [ada, name] = [new Visitor(site), user()];
    const made = await ada.ask("POST", "/v1/sessions", { title: "By a page" }, as(name));
    assert.equal(made.status, 201, made.text);
    const { id } = JSON.parse(made.text);
    assert.equal(made.headers.get("location"), `/v1/sessions/${id}`);
    const said = await ada.ask("POST", `/v1/sessions/${id}/messages`, { type: "user", content: "Hi" }, as(name));
    assert.deepEqual([said.status, said.headers.get("colloq-version")], [201, "2"]);
    const read = await ada.get(`/v1/sessions/${id}?messages=1`, as(name));
    assert.equal(read.headers.get("etag"), 'W/"1-2"');
    assert.equal((await ada.get(`/v1/sessions/${id}`, as(user()))).status, 404);
    const forged = await ada.ask("POST", `/v1/sessions/${id}/messages`, { type: "assistant", content: "I said" }, as(name));
    assert.deepEqual([forged.status, JSON.parse(forged.text).code], [403, "forbidden"]);
    assert.equal((await ada.ask("PATCH", `/v1/sessions/${id}`, { title: "Other" }, { ...as(name), "if-match": '"1"' })).status, 412);
    assert.equal(JSON.parse((await ada.get("/v1/sessions?limit=1", as(name))).text).items[0].title, "By a page");
    for (const path of ["/v1/tokens", "/v1/import", "/v1/analytics", "/v1/nothing"]) assert.equal((await ada.ask("POST", path, {}, as(name))).status, 404, path);
    assert.equal((await ada.get(`/v1/users/${user()}/sessions`, as(name))).status, 403);
  },

  "another site's page changes nothing": async ({ site }) => {
    const [ada, name] = [new Visitor(site), user()];
    const host = new URL(site.url).host;
    for (const origin of ["null", "https://evil.example", `http://${host}.evil.example`, `http://evil-${host}`, `HTTP://${host}`, "http://127.0.0.1", `http://${host}/`]) {
      const came = await ada.ask("POST", "/v1/sessions", {}, { ...as(name), origin });
      assert.deepEqual([came.status, came.text], [403, '{"code":"forbidden"}'], origin);
    }
    assert.equal((await ada.ask("POST", "/v1/sessions", {}, { ...as(name), "sec-fetch-site": "cross-site" })).status, 403);
    const form = await ada.ask("POST", "/v1/sessions", {}, { ...as(name), "content-type": "text/plain" });
    assert.equal(form.status, 415);
    assert.equal((await ada.ask("POST", "/v1/sessions", {}, { ...as(name), origin: site.url })).status, 201);
  },

  "no path leads behind the routes, and no name makes somebody a guest or a store": async ({ site }) => {
    const { hostname, port } = new URL(site.url);
    for (const path of ["/v1/sessions/../../metrics", "/v1/sessions/%2e%2e/%2e%2e/metrics", "/v1/users/../tokens", "/v1/sessions/..\\..\\metrics"]) {
      const status = await new Promise((resolve) => request({ hostname, port, path, headers: as("ada") }, (res) => resolve(res.statusCode)).end());
      assert.ok(status === 404 || status === 403, `${path}: ${status}`);
    }
    for (const name of ["guest-AAAAAAAAAAAAAAAAAAAAAA", "express-session:sess"]) {
      assert.equal((await new Visitor(site).get("/who", as(name))).status, 403, name);
    }
  },

  "pages find the package's files, and nothing else of it": async ({ site }) => {
    const ada = new Visitor(site);
    const index = await ada.get("/colloq/dist/esm/index.js");
    assert.deepEqual([index.status, index.headers.get("content-type")], [200, "text/javascript; charset=utf-8"]);
    assert.equal((await ada.get("/colloq/dist/esm/index.js", { "if-none-match": index.headers.get("etag")! })).status, 304);
    assert.equal((await ada.get("/colloq/wasm/colloq_bg.wasm")).headers.get("content-type"), "application/wasm");
    assert.match((await ada.get("/colloq/importmap.js")).text, /"importmap"/);
    for (const path of ["package.json", "dist/esm/../../package.json", "dist/%2e%2e/package.json", "dist/esm/index.d.ts", "dist/cjs/node.js", "wasm/x.wasm", "src/index.ts"]) {
      assert.equal((await ada.get(`/colloq/${path}`)).status, 404, path);
    }
  },
};

function behaves(express: typeof express5, options: () => ColloqOptions): void {
  let chat: Colloq;
  let site: Site;
  before(async () => {
    chat = colloq({ authenticate, secret: "one secret", ...options() });
    site = await Site.open(application(express, chat));
  });
  after(async () => {
    await site?.close();
    await chat?.close();
  });
  for (const [name, run] of Object.entries(CASES)) test(name, () => run({ site }));
}

for (const [name, express] of [
  ["Express 5", express5],
  ["Express 4", express4],
] as const) {
  describe(`${name}, in this process`, () => behaves(express, () => ({})));

  describe(`${name}, with a host`, { skip }, () => {
    let host: Host;
    before(async () => (host = await Host.start()));
    after(() => host.close());
    behaves(express, () => ({ url: host.url }));
  });
}

test("a parser that was there first is no obstacle", async () => {
  const chat = colloq({ authenticate });
  const app = express5().use(express5.json(), chat);
  const site = await Site.open(app);
  const came = await new Visitor(site).ask("POST", "/v1/sessions", { title: "Parsed" }, as("ada"));
  assert.deepEqual([came.status, JSON.parse(came.text).title], [201, "Parsed"]);
  await site.close();
  await chat.close();
});

test("cookies for HTTPS are of this host alone, and without guests nobody is one", async () => {
  const secure = colloq({ guests: { secure: true, maxAgeMs: 60_000 } });
  const closed = colloq({ guests: false });
  const app = express5().get("/secure", secure, (req, res) => req.conversation.send(res)).use(closed);
  app.get("/closed", (req, res) => req.conversation.send(res));
  app.use(((error: ColloqError, _req, res, _next) => void res.status(error.status ?? 500).end(error.code)) as ErrorRequestHandler);
  const site = await Site.open(app);
  const { set } = await new Visitor(site).get("/secure");
  assert.match(set[0]!, /^__Host-colloq=[^;]*; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax; Secure$/);
  const refused = await new Visitor(site).get("/closed", { accept: "text/html" });
  assert.deepEqual([refused.status, refused.text, refused.set], [401, "unauthenticated", []]);
  await site.close();
  await Promise.all([secure.close(), closed.close()]);
});

test("a file keeps conversations over a restart, and a second process is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "colloq-express-"));
  const file = join(folder, "chat.log");
  const said: string[] = [];
  for (let run = 0; run < 3; run++) {
    const chat = colloq({ authenticate, file });
    assert.throws(() => colloq({ file }), /another process/);
    const site = await Site.open(application(express5, chat));
    const ada = new Visitor(site);
    if (run > 0) {
      const { messages } = JSON.parse((await ada.get("/chat", as("ada"))).text) as { messages: { content: string }[] };
      assert.deepEqual(messages.map(({ content }) => content), said);
    }
    for (let nth = 0; nth < 20; nth++) {
      said.push(`${run} ${nth}`);
      await ada.ask("POST", "/chat", { content: said.at(-1) }, as("ada"));
    }
    await site.close();
    await chat.close();
    // The machine went down while a line was written: what was acknowledged is there.
    await appendFile(file, '{"kind":"entries","session":"0189');
  }
  await rm(folder, { recursive: true });
});

test("CommonJS has it too", async () => {
  const required = createRequire(import.meta.url)("colloq/express") as typeof import("colloq/express");
  const [chat, store] = [required.colloq({ authenticate }), new required.ColloqStore()];
  const app = express5().use(chat);
  app.get("/chat", (req, res) => req.conversation.send(res));
  const site = await Site.open(app);
  const ada = new Visitor(site);
  assert.equal((await ada.ask("POST", "/v1/sessions", { title: "Required" }, as("ada"))).status, 201);
  assert.equal(JSON.parse((await ada.get("/chat", as("ada"))).text).title, "Required");
  assert.equal((await ada.get("/colloq/dist/esm/index.js")).status, 200);
  assert.equal(await store.length(), 0);
  store.close();
  await site.close();
  await chat.close();
});

async function byEvents(options: ColloqOptions): Promise<void> {
  const chat = colloq({ authenticate: () => "ada", ...options });
  const site = await Site.open(express5().use(chat));
  chat.serve(async (turn) => void (await turn.reply().complete({})));
  const [one, other] = [0, 1].map(() => createClient({ url: site.url, transport: "sse" })) as [Client, Client];
  const mine = one.create({ title: "Events" });
  await mine.append("Hello");
  const theirs = other.session(mine.id);
  assert.equal((await theirs.ready).messages[0]!.content, "Hello");
  await theirs.append("Again");
  await until(mine, ({ messages }) => messages.some(({ content }) => content === "Again"));
  await until(mine, ({ messages }) => messages.some(({ type }) => type === "assistant"));
  await assert.rejects(other.session("01890000-0000-7000-8000-000000000000").ready, { code: "sessionNotFound" });
  await Promise.all([one.close(), other.close(), chat.close()]);
  await site.close();
}

test("without WebSocket a page follows by events, and writes by requests", () => byEvents({}));

test("and so it does with a host", { skip }, async () => {
  const host = await Host.start();
  try {
    await byEvents({ url: host.url });
  } finally {
    await host.close();
  }
});
