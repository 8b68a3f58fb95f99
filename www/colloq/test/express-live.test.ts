/**
 * The links of pages on an application's own server, in this process and with a host: the package's client with a browser's cookies and
 * no token.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Client, createClient, type Session, type SessionView, type Turn } from "colloq";
import { type Colloq, colloq, type ColloqOptions } from "colloq/express";
import express from "express";
import session from "express-session";
import { WebSocket } from "ws";
import { Host, skip, until, untilStatus } from "./host.js";
import { Site, Visitor } from "./visitor.js";

declare module "express-session" {
  interface SessionData {
    signedIn?: string;
  }
}

const SUBPROTOCOL = "colloq.v1";

/** What a browser has to say for itself: the client's sockets are opened with its cookies and its page's origin. */
class Browser {
  readonly visitor: Visitor;
  readonly #site: Site;
  readonly #clients: Client[] = [];

  constructor(site: Site) {
    this.#site = site;
    this.visitor = new Visitor(site);
  }

  /** A client of the page, as `createClient({ url: "/" })` makes it there. */
  client(): Client {
    const { visitor } = this;
    const origin = this.#site.url;
    Object.assign(globalThis, {
      WebSocket: class extends WebSocket {
        constructor(url: string, protocol: string) {
          super(url, protocol, { headers: { cookie: visitor.cookie, origin } });
        }
      },
    });
    const asked: typeof fetch = (input, init = {}) => fetch(input, { ...init, headers: { ...(init.headers as object), cookie: visitor.cookie, origin } });
    const client = createClient({ url: this.#site.url, fetch: asked });
    // The socket is made in the turn in which the client begins to work.
    client.watchSessions(() => {});
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }
}

const textOf = ({ messages }: SessionView) => messages.map(({ content }) => content);
const answered = (view: SessionView) => view.messages.some(({ type, status }) => type === "assistant" && status === "complete");

/** The status of an upgrade that was refused, or 101. */
function upgrade(site: Site, headers: Record<string, string>, protocols: string[] = [SUBPROTOCOL], path = "/v1/connect"): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(site.url.replace("http", "ws") + path, protocols, { headers });
    socket.on("unexpected-response", (_req, res) => (resolve(res.statusCode!), res.destroy()));
    socket.on("error", () => {});
    socket.on("open", () => (resolve(101), socket.close()));
  });
}

/** An application with sign-in and an assistant. */
class Stage {
  readonly chat: Colloq;
  readonly site: Site;
  readonly #browsers: Browser[] = [];

  private constructor(chat: Colloq, site: Site) {
    this.chat = chat;
    this.site = site;
  }

  static async open(options: ColloqOptions): Promise<Stage> {
    const sessions = session({ secret: "keyboard cat", resave: false, saveUninitialized: false });
    const chat = colloq({ authenticate: (req) => (req as unknown as express.Request).session?.signedIn, secret: "one secret", ...options });
    const app = express().use(sessions, chat);
    app.get("/sign-in/:user", (req, res) => void ((req.session.signedIn = req.params.user), res.end()));
    app.get("/sign-out", (req, res) => {
      const user = req.session.signedIn;
      req.session.destroy(() => (user && chat.disconnect(user), res.end()));
    });
    const site = await Site.open(app);
    chat.attach(site.server, { before: [sessions] });
    chat.serve(echo);
    return new Stage(chat, site);
  }

  browser(): Browser {
    const browser = new Browser(this.site);
    this.#browsers.push(browser);
    return browser;
  }

  async signedIn(user: string): Promise<Browser> {
    const browser = this.browser();
    await browser.visitor.get(`/sign-in/${user}`);
    return browser;
  }

  async close(): Promise<void> {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
    await this.chat.close();
    await this.site.close();
  }
}

async function echo(turn: Turn): Promise<void> {
  const writer = turn.reply();
  await writer.begun;
  for (const word of ["You ", "said ", turn.message.content]) writer.write(word);
  if (turn.message.content !== "wait") await writer.complete({ apiCalls: ["echo"] });
  else await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
}

const CASES: Record<string, (stage: Stage) => Promise<void>> = {
  "two pages of one person see what is said and answered, and nobody else does": async (stage) => {
    const ada = await stage.signedIn("ada-pages");
    const [one, other] = [ada.client(), ada.client()];
    const mine = one.create({ title: "Live" });
    await mine.append("Hello");
    const theirs = other.session(mine.id);
    await theirs.ready;
    assert.deepEqual(textOf(await until(theirs, answered)), ["Hello", "You said Hello"]);
    await theirs.append("Again");
    const twice = (view: SessionView) => view.messages.filter(({ type, status }) => type === "assistant" && status === "complete").length === 2;
    await Promise.all([until(mine, twice), until(theirs, twice)]);
    assert.deepEqual(textOf(mine.view!), textOf(theirs.view!));
    assert.equal(mine.view!.messages[1]!.metadata?.apiCalls?.[0], "echo");
    const listed = await new Promise<string>((resolve) => other.watchSessions(([first]) => first && resolve(first.id)));
    assert.equal(listed, mine.id);
    const ben = await stage.signedIn("ben-pages");
    await assert.rejects(ben.client().session(mine.id).ready, { code: "sessionNotFound" });
  },

  "an answer is stopped from another page, and presence is told": async (stage) => {
    const ada = await stage.signedIn("ada-stops");
    const [one, other] = [ada.client(), ada.client()];
    const mine = one.create();
    await mine.append("wait");
    const theirs = other.session(mine.id);
    await until(theirs, (view) => view.messages[1]?.status === "streaming");
    mine.presence.set({ typing: true });
    while (!theirs.presence.others.some(({ state }) => state.typing)) await new Promise((resolve) => setTimeout(resolve, 5));
    await theirs.stop();
    await until(mine, (view) => view.messages[1]?.status === "stopped");
  },

  "a fork, an edit and the context go through as they would to a host": async (stage) => {
    const ada = await stage.signedIn("ada-edits");
    const mine: Session = ada.client().create();
    const asked = await mine.append("One");
    await until(mine, answered);
    await mine.setProject({ id: "p", name: "Parser", type: "codegen" });
    await mine.recordIssue({ id: "COD-1", title: "It fails", status: "open" });
    const fork = mine.fork({ through: asked.id });
    await fork.ready;
    assert.deepEqual(textOf(fork.view!), ["One"]);
    await mine.edit(asked.id, "Two");
    await until(mine, (view) => textOf(view).includes("You said Two"));
    assert.deepEqual(textOf(mine.view!), ["Two", "You said Two"]);
    assert.equal(mine.view!.context.recentIssues[0]!.id, "COD-1");
    await mine.end();
    assert.equal(mine.view!.isActive, false);
  },

  "a page whose link was cut has all that was said meanwhile": async (stage) => {
    const ada = await stage.signedIn("ada-returns");
    const [one, other] = [ada.client(), ada.client()];
    const mine = one.create();
    await mine.append("Before");
    await until(mine, answered);
    const theirs = other.session(mine.id);
    await theirs.ready;
    stage.chat.disconnect("ada-returns");
    await Promise.all([one, other].map((client) => untilStatus(client, "offline")));
    await mine.append("Meanwhile");
    await Promise.all([one, other].map((client) => untilStatus(client, "online")));
    await until(theirs, (view) => textOf(view).includes("You said Meanwhile"));
    assert.deepEqual(textOf(theirs.view!), ["Before", "You said Before", "Meanwhile", "You said Meanwhile"]);
  },

  "who signed out is not there any more, and another one at the same browser has nothing of theirs": async (stage) => {
    const ada = await stage.signedIn("ada-leaves");
    const client = ada.client();
    const mine = client.create();
    await mine.append("Mine");
    await ada.visitor.get("/sign-out");
    await untilStatus(client, "offline");
    await ada.visitor.get("/sign-in/eve-comes");
    await untilStatus(client, "online");
    await assert.rejects(ada.client().session(mine.id).ready, { code: "sessionNotFound" });
  },

  "what a guest said stays when they sign in, and their page goes on": async (stage) => {
    const ada = stage.browser();
    await ada.visitor.get("/", { accept: "text/html" });
    const client = ada.client();
    const mine = client.create();
    await mine.append("As a guest");
    await until(mine, answered);
    const { userId } = mine.view!;
    assert.match(userId, /^guest-/);
    await ada.visitor.get("/sign-in/ada-known");
    await ada.visitor.get("/", { accept: "text/html" });
    await untilStatus(client, "online");
    const known = ada.client().session(mine.id);
    assert.deepEqual(textOf(await known.ready), ["As a guest", "You said As a guest"]);
    assert.equal(known.view!.userId, "ada-known");
  },

  "a link opens to pages of this origin alone, with the subprotocol, at its path": async (stage) => {
    const { host } = new URL(stage.site.url);
    const origin = stage.site.url;
    assert.equal(await upgrade(stage.site, { origin }), 101);
    assert.equal(await upgrade(stage.site, {}), 403, "none");
    for (const other of ["null", `${origin}.evil.example`, `http://evil-${host}`, "http://127.0.0.1", `HTTP://${host}`, `${origin}/`, "https://evil.example"]) {
      assert.equal(await upgrade(stage.site, { origin: other }), 403, other);
    }
    assert.equal(await upgrade(stage.site, { origin }, ["colloq.v2"]), 400);
    assert.equal(await upgrade(stage.site, { origin }, [SUBPROTOCOL], "/v1/other"), 404);
  },

  "what is no frame harms nobody, and what is too large ends the link": async (stage) => {
    const socket = new WebSocket(`${stage.site.url.replace("http", "ws")}/v1/connect`, SUBPROTOCOL, { headers: { origin: stage.site.url } });
    const frames: { kind: string; code?: string }[] = [];
    socket.on("message", (data) => frames.push(JSON.parse(String(data))));
    const closed = new Promise<number>((resolve) => socket.on("close", resolve));
    await new Promise((resolve) => socket.once("open", resolve));
    const id = "01890000-0000-7000-8000-000000000000";
    socket.send(JSON.stringify({ kind: "hello", protocol: 1, client: id, token: "not mine" }));
    while (!frames.some(({ kind }) => kind === "welcome")) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const text of ["", "null", "[]", '{"kind":1}', '{"kind":"unknown"}', "[".repeat(30_000), '{"kind":"subscribe","session":"*"}']) socket.send(text);
    socket.send(JSON.stringify({ kind: "subscribe", session: id, since: [-1, "x"] }));
    socket.send(JSON.stringify({ kind: "submit", session: id, commands: [{ id: [id, 1], kind: "rename", title: "x" }] }));
    socket.send(JSON.stringify({ kind: "watchInbox" }));
    socket.send(JSON.stringify({ kind: "ping" }));
    while (!frames.some(({ kind }) => kind === "pong")) await new Promise((resolve) => setTimeout(resolve, 5));
    const codes = frames.filter(({ code }) => code !== undefined).map(({ code }) => code);
    assert.ok(codes.includes("malformed") && codes.includes("sessionNotFound") && codes.includes("forbidden"), codes.join());
    socket.send("x".repeat(65_537));
    assert.equal(await closed, 1009);
  },
};

function live(options: () => ColloqOptions): void {
  let stage: Stage;
  before(async () => (stage = await Stage.open(options())));
  after(() => stage?.close());
  for (const [name, run] of Object.entries(CASES)) test(name, () => run(stage));
}

describe("in this process", () => live(() => ({})));

describe("with a host", { skip }, () => {
  let host: Host;
  before(async () => (host = await Host.start()));
  after(() => host.close());
  live(() => ({ url: host.url }));
});
