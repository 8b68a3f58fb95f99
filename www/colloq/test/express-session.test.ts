/**
 * What express-session promises, with our store in the place of its own: in this process, and with a host.
 *
 * Its own store passes the same cases first, which shows that they are its promises and not ours.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ColloqStore } from "colloq/express";
import express, { type RequestHandler } from "express";
import session, { type SessionData, type SessionOptions, type Store } from "express-session";
import { Host, skip } from "./host.js";
import { Site, Visitor } from "./visitor.js";

declare module "express-session" {
  interface SessionData {
    [key: string]: unknown;
  }
}

const MINUTE_MS = 60_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts what express-session asks of a store. */
function counted(store: Store): { store: Store; calls: { set: number; touch: number; get: number } } {
  const calls = { set: 0, touch: 0, get: 0 };
  for (const name of ["set", "touch", "get"] as const) {
    const method = (store[name] as (...args: unknown[]) => unknown).bind(store);
    Object.assign(store, { [name]: (...args: unknown[]) => ((calls[name] += 1), method(...args)) });
  }
  return { store, calls };
}

function promised<T>(ask: (callback: (error: unknown, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => ask((error, value) => (error ? reject(error as Error) : resolve(value as T))));
}

/** The sid of a visitor, out of the signed cookie. */
function sidOf(visitor: Visitor): string {
  return decodeURIComponent(/connect\.sid=([^;]*)/.exec(visitor.cookie)![1]!).slice(2).split(".")[0]!;
}

/** What a case works with. */
class Stage {
  readonly make: () => Store;
  readonly #sites: Site[] = [];

  constructor(make: () => Store) {
    this.make = make;
  }

  async open(options: Partial<SessionOptions>, handler: RequestHandler): Promise<Site> {
    const app = express();
    app.use(session({ secret: "keyboard cat", resave: true, saveUninitialized: true, ...options }));
    app.use(handler);
    app.use(((error: Error, _req, res, _next) => void res.status(500).end(error.message)) as express.ErrorRequestHandler);
    const site = await Site.open(app);
    this.#sites.push(site);
    return site;
  }

  async close(): Promise<void> {
    await Promise.all(this.#sites.map((site) => site.close()));
  }
}

const count: RequestHandler = (req, res) => {
  req.session["num"] = Number(req.session["num"] ?? 0) + 1;
  res.end(`session ${req.session["num"]}`);
};

const CASES: Record<string, (stage: Stage) => Promise<void>> = {
  "a new session is made, kept, and found again by its cookie": async (stage) => {
    const store = stage.make();
    const visitor = new Visitor(await stage.open({ store }, count));
    const first = await visitor.get("/");
    assert.equal(first.text, "session 1");
    assert.match(first.set[0]!, /^connect\.sid=s%3A/);
    assert.equal(await promised<number>((done) => store.length!(done as never)), 1);
    assert.equal((await visitor.get("/")).text, "session 2");
    const found = await promised<SessionData>((done) => store.load(sidOf(visitor), done));
    assert.equal(found["num"], 2);
  },

  "several sessions are several": async (stage) => {
    const store = stage.make();
    const site = await stage.open({ store }, count);
    await Promise.all([new Visitor(site).get("/"), new Visitor(site).get("/")]);
    const all = await promised<object>((done) => store.all!(done as never));
    assert.equal(Object.keys(all).length, 2);
  },

  "a sid that the store does not know gets a new session under another sid": async (stage) => {
    const store = stage.make();
    const visitor = new Visitor(await stage.open({ store }, count));
    await visitor.get("/");
    const sid = sidOf(visitor);
    await promised((done) => store.clear!(done));
    assert.equal((await visitor.get("/")).text, "session 1");
    assert.notEqual(sidOf(visitor), sid);
  },

  "a sid that is not signed is not asked for": async (stage) => {
    const { store, calls } = counted(stage.make());
    const visitor = new Visitor(await stage.open({ store }, count));
    await visitor.get("/");
    visitor.say("connect.sid", sidOf(visitor));
    const before = calls.get;
    assert.equal((await visitor.get("/")).text, "session 1");
    assert.equal(calls.get, before);
  },

  "a session that expired is no more, in no list, and another one begins": async (stage) => {
    const store = stage.make();
    const visitor = new Visitor(await stage.open({ store, cookie: { maxAge: 5 } }, count));
    await visitor.get("/");
    const sid = sidOf(visitor);
    await pause(20);
    assert.equal(Object.keys(await promised<object>((done) => store.all!(done as never))).length, 0);
    assert.equal((await visitor.get("/")).text, "session 1");
    assert.notEqual(sidOf(visitor), sid);
  },

  "what a response ended with is kept before it ends, however it was written": async (stage) => {
    for (const write of [
      (res: express.Response) => void res.end(),
      (res: express.Response) => void res.set("Content-Length", "13").end("session saved"),
      (res: express.Response) => void (res.write("hello, "), res.end("world")),
    ]) {
      const store = stage.make();
      const visitor = new Visitor(
        await stage.open({ store }, (req, res) => {
          req.session["hit"] = true;
          write(res);
        }),
      );
      await visitor.get("/");
      const kept = await promised<SessionData>((done) => store.get(sidOf(visitor), done as never));
      assert.equal(kept["hit"], true);
    }
  },

  "resave decides whether an unmodified session is written": async (stage) => {
    for (const [resave, writes] of [
      [true, 2],
      [false, 1],
    ] as const) {
      const { store, calls } = counted(stage.make());
      const visitor = new Visitor(
        await stage.open({ store, resave }, (req, res) => {
          req.session["user"] = "bob";
          res.end();
        }),
      );
      await visitor.get("/");
      await visitor.get("/");
      assert.equal(calls.set, writes, `resave ${resave}`);
      assert.equal(calls.touch, resave ? 0 : 1);
    }
  },

  "saveUninitialized decides whether an empty session is written": async (stage) => {
    for (const saveUninitialized of [true, false]) {
      const { store, calls } = counted(stage.make());
      const visitor = new Visitor(await stage.open({ store, saveUninitialized }, (_req, res) => void res.end()));
      const { set } = await visitor.get("/");
      assert.deepEqual([calls.set, set.length], saveUninitialized ? [1, 1] : [0, 0]);
    }
  },

  "a changed property called cookie below another is a change": async (stage) => {
    const { store, calls } = counted(stage.make());
    const visitor = new Visitor(
      await stage.open({ store, resave: false }, (req, res) => {
        const user = (req.session["user"] ??= { cookie: 0 }) as { cookie: number };
        user.cookie += 1;
        res.end(String(user.cookie));
      }),
    );
    await visitor.get("/");
    assert.equal((await visitor.get("/")).text, "2");
    assert.equal(calls.set, 2);
  },

  "unset: keep leaves a session whose request dropped it, destroy ends it": async (stage) => {
    for (const unset of ["keep", "destroy"] as const) {
      const store = stage.make();
      const site = await stage.open({ store, unset }, (req, res) => {
        req.session["count"] = Number(req.session["count"] ?? 0) + 1;
        if (req.session["count"] === 2) (req as { session: unknown }).session = null;
        res.end();
      });
      const visitor = new Visitor(site);
      await visitor.get("/");
      await visitor.get("/");
      assert.equal(await promised<number>((done) => store.length!(done as never)), unset === "keep" ? 1 : 0);
    }
  },

  "destroy ends the session and sets no cookie; regenerate gives another": async (stage) => {
    const store = stage.make();
    const site = await stage.open({ store }, (req, res) => {
      if (req.url === "/") return void res.end(req.session.id);
      if (req.url === "/destroy") return void req.session.destroy(() => res.end(String(req.session)));
      const { id } = req.session;
      req.session.regenerate(() => res.end(String(req.session.id === id)));
    });
    const visitor = new Visitor(site);
    const first = (await visitor.get("/")).text;
    assert.equal((await visitor.get("/regenerate")).text, "false");
    assert.notEqual(sidOf(visitor), first);
    assert.equal(await promised((done) => store.get(first, done as never)) ?? null, null);
    const gone = await visitor.get("/destroy");
    assert.deepEqual([gone.text, gone.set.length], ["undefined", 0]);
    assert.equal(await promised<number>((done) => store.length!(done as never)), 0);
  },

  "reload brings what others wrote meanwhile, and says when there is nothing": async (stage) => {
    const store = stage.make();
    const site: Site = await stage.open({ store, resave: false }, async (req, res) => {
      if (req.url === "/") return void ((req.session["active"] = true), res.end());
      if (req.url === "/other") return void ((req.session["url"] = "other"), res.end());
      if (req.url === "/gone") await promised((done) => store.clear!(done));
      else await visitor.get("/other");
      req.session.reload((error) => res.status(error ? 500 : 200).end(error ? (error as Error).message : String(req.session["url"])));
    });
    const visitor = new Visitor(site);
    await visitor.get("/");
    assert.equal((await visitor.get("/reload")).text, "other");
    assert.deepEqual(await visitor.get("/gone").then(({ status, text }) => [status, text]), [500, "failed to load session"]);
  },

  "save writes at once, and the end of the request no more": async (stage) => {
    const { store, calls } = counted(stage.make());
    const visitor = new Visitor(
      await stage.open({ store }, (req, res) => {
        req.session["hit"] = true;
        req.session.save(() => void store.get(req.session.id, (_error, found) => res.end(found ? "stored" : "empty")));
      }),
    );
    assert.equal((await visitor.get("/")).text, "stored");
    assert.equal(calls.set, 1);
    await visitor.get("/");
    assert.equal(calls.set, 2);
  },

  "a session that is only used lives on, and its first age stays": async (stage) => {
    const store = stage.make();
    const site = await stage.open({ store, resave: false, cookie: { maxAge: MINUTE_MS } }, (req, res) => {
      req.session["hit"] = true;
      res.end(String(req.session.cookie.originalMaxAge));
    });
    const visitor = new Visitor(site);
    await visitor.get("/");
    const expires = async () => new Date((await promised<SessionData>((done) => store.get(sidOf(visitor), done as never))).cookie.expires!).getTime();
    const first = await expires();
    await pause(100);
    assert.equal((await visitor.get("/")).text, String(MINUTE_MS));
    assert.ok((await expires()) >= first + 90);
  },

  "an age that a request changes is kept": async (stage) => {
    const store = stage.make();
    const site = await stage.open({ store, rolling: true, cookie: { maxAge: 2_000 } }, (req, res) => {
      if (req.url !== "/") req.session.cookie.maxAge = Number(req.url.slice(1));
      res.end();
    });
    const visitor = new Visitor(site);
    await visitor.get("/");
    for (const ms of [5_000_000, 3_000_000_000]) {
      const { set } = await visitor.get(`/${ms}`);
      const expires = Date.parse(/Expires=([^;]*)/.exec(set[0]!)![1]!);
      assert.ok(Math.abs(expires - Date.now() - ms) < 5_000);
      const kept = await promised<SessionData>((done) => store.get(sidOf(visitor), done as never));
      assert.ok(Math.abs(new Date(kept.cookie.expires!).getTime() - Date.now() - ms) < 5_000);
    }
  },

  "values come back as JSON has them, names that are reserved harm nobody, and what has no cookie is told": async (stage) => {
    const store = stage.make();
    const odd = { none: null, nones: [null], lists: [[null], [[null]], []], date: new Date(0), deep: { none: null, gone: undefined }, text: "\u{1f600}\u0000" };
    const site = await stage.open({ store, resave: false }, (req, res) => {
      if (req.url === "/write") Object.assign(req.session, odd, JSON.parse('{"__proto__x":1}'));
      if (req.url === "/clear") req.session["deep"] = { other: null };
      const { cookie: _, ...rest } = req.session;
      res.json(rest);
    });
    const visitor = new Visitor(site);
    await visitor.get("/write");
    assert.deepEqual(JSON.parse((await visitor.get("/")).text), { ...JSON.parse(JSON.stringify(odd)), __proto__x: 1 });
    await visitor.get("/clear");
    assert.deepEqual(JSON.parse((await visitor.get("/")).text).deep, { other: null });

    const kept = await promised<SessionData>((done) => store.get(sidOf(visitor), done as never));
    kept["save"] = "nope";
    await promised((done) => store.set(sidOf(visitor), kept, done));
    assert.equal((await visitor.get("/")).status, 200);
    await promised((done) => store.set(sidOf(visitor), { foo: "bar" } as unknown as SessionData, done));
    assert.match((await visitor.get("/")).text, /Cannot read prop/);
  },

  "a store that is away is said to be by its events": async (stage) => {
    const store = stage.make();
    const site = await stage.open({ store }, (req, res) => void res.end(typeof req.session));
    store.emit("disconnect");
    assert.equal((await new Visitor(site).get("/")).text, "undefined");
    store.emit("connect");
    assert.equal((await new Visitor(site).get("/")).text, "object");
  },
};

function cases(make: () => Store): void {
  const stage = new Stage(make);
  after(() => stage.close());
  for (const [name, run] of Object.entries(CASES)) test(name, () => run(stage));
}

describe("its own MemoryStore", () => cases(() => new session.MemoryStore()));

describe("ColloqStore in this process", () => {
  const stores: ColloqStore[] = [];
  after(() => stores.forEach((store) => store.close()));
  cases(() => (stores.push(new ColloqStore()), stores.at(-1)!));
});

describe("ColloqStore with a host", { skip }, () => {
  let host: Host;
  let nth = 0;
  before(async () => (host = await Host.start()));
  after(() => host.close());
  cases(() => new ColloqStore({ url: host.url, prefix: `store-${nth++}` }));
});
