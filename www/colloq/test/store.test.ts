/**
 * What `ColloqStore` promises beyond express-session: parallel requests lose nothing, what is gone stays gone, and what cannot be kept
 * is said.
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ColloqError, ColloqStore, type ColloqStoreOptions } from "colloq/express";
import { RedisStore } from "connect-redis";
import express from "express";
import session, { type SessionData, type Store } from "express-session";
import { Host, skip } from "./host.js";
import { RedisServer, skipRedis } from "./redis-server.js";
import { Site, Visitor } from "./visitor.js";

const PARALLEL = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

/** How many of a hundred requests that work on one session at once lose what they wrote. */
async function lost(store: Store): Promise<number> {
  const app = express();
  app.use(session({ store, secret: "keyboard cat", resave: false, saveUninitialized: false, cookie: { maxAge: 60_000 } }));
  let waiting: (() => void)[] = [];
  app.get("/first", (req, res) => void ((req.session["first"] = true), res.end()));
  app.get("/keys", (req, res) => void res.json(Object.keys(req.session)));
  app.get("/write/:key", async (req, res) => {
    // Each has read its session before any of them writes.
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === PARALLEL) for (const go of waiting.splice(0)) go();
    });
    req.session[req.params.key] = 1;
    res.end();
  });
  const site = await Site.open(app);
  try {
    const visitor = new Visitor(site);
    await visitor.get("/first");
    await Promise.all(Array.from({ length: PARALLEL }, (_, nth) => visitor.get(`/write/key${nth}`)));
    const keys = new Set(JSON.parse((await visitor.get("/keys")).text) as string[]);
    assert.ok(keys.has("first"));
    return Array.from({ length: PARALLEL }, (_, nth) => `key${nth}`).filter((key) => !keys.has(key)).length;
  } finally {
    waiting = [];
    await site.close();
  }
}

test("a hundred parallel requests lose 99 writes in MemoryStore, and none here", async (t) => {
  const store = new ColloqStore();
  const [theirs, ours] = [await lost(new session.MemoryStore()), await lost(store)];
  t.diagnostic(`lost of ${PARALLEL}: MemoryStore ${theirs}, ColloqStore ${ours}`);
  assert.deepEqual([theirs, ours], [PARALLEL - 1, 0]);
  store.close();
});

test("a hundred parallel requests lose 99 writes in connect-redis, and none with a host", { skip: skip || skipRedis }, async (t) => {
  const [redis, host] = [await RedisServer.start(), await Host.start()];
  try {
    const [theirs, ours] = [await lost(new RedisStore({ client: redis.client })), await lost(new ColloqStore({ url: host.url }))];
    t.diagnostic(`lost of ${PARALLEL}: connect-redis ${theirs}, ColloqStore ${ours}`);
    assert.deepEqual([theirs, ours], [PARALLEL - 1, 0]);
  } finally {
    await Promise.all([redis.close(), host.close()]);
  }
});

/** A session as express-session makes one for a request, with the store's own `generate` left out. */
function fresh(store: ColloqStore, sid: string, values: object = {}): SessionData & { save(): void } {
  const plain = { cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000), path: "/" } } as unknown as SessionData;
  return Object.assign(store.createSession({ sessionID: sid, sessionStore: store } as never, plain), values) as never;
}

/** A session as a request loads it. */
async function loaded(store: ColloqStore, sid: string): Promise<SessionData> {
  const found = await store.get(sid);
  assert.ok(found);
  return store.createSession({ sessionID: sid, sessionStore: store } as never, found) as unknown as SessionData;
}

const PROMISES: Record<string, (make: (options?: ColloqStoreOptions) => ColloqStore) => Promise<void>> = {
  "requests that change other parts of one value lose nothing": async (make) => {
    const store = make();
    await store.set("a", fresh(store, "a", { views: { "/": 1 }, list: [1], user: null as unknown }));
    const [one, other] = [await loaded(store, "a"), await loaded(store, "a")];
    (one["views"] as Record<string, number>)["/one"] = 1;
    one["user"] = { name: "Ada" };
    delete (other["views"] as Record<string, number>)["/"];
    (other["views"] as Record<string, number>)["/other"] = 2;
    other["list"] = [2, null];
    await Promise.all([store.set("a", one), store.set("a", other)]);
    const { cookie: _, ...rest } = (await store.get("a"))!;
    assert.deepEqual(rest, { views: { "/one": 1, "/other": 2 }, list: [2, null], user: { name: "Ada" } });
  },

  "a request writes only what it changed since it wrote last": async (make) => {
    const store = make();
    const mine = fresh(store, "b", { a: 1 });
    await store.set("b", mine);
    const theirs = await loaded(store, "b");
    theirs["b"] = 2;
    await store.set("b", theirs);
    mine["c"] = 3;
    await store.set("b", mine);
    theirs["a"] = 4;
    await store.set("b", theirs);
    const { cookie: _, ...rest } = (await store.get("b"))!;
    assert.deepEqual(rest, { a: 4, b: 2, c: 3 });
  },

  "a session that was destroyed does not come back by a request that had read it, by a touch, or under its sid": async (make) => {
    const store = make();
    await store.set("c", fresh(store, "c", { user: "ada" }));
    const slow = await loaded(store, "c");
    await store.destroy("c");
    slow["late"] = true;
    await store.set("c", slow);
    await store.touch("c", slow);
    assert.equal(await store.get("c"), null);
    await store.set("c", fresh(store, "c", { user: "mallory" }));
    assert.equal(await store.get("c"), null);
    assert.equal(await store.length(), 0);
    await store.destroy("c");
  },

  "what cannot be kept is refused with a reason, and what is there stays": async (make) => {
    const store = make();
    await store.set("d", fresh(store, "d", { ok: 1 }));
    let deep: unknown = 1;
    for (let nth = 0; nth < 70; nth++) deep = { deep };
    for (const [value, code] of [
      [deep, "malformed"],
      [2 ** 60, "malformed"],
      ["\ud800", "malformed"],
      ["x".repeat(2 << 20), "tooLarge"],
    ] as const) {
      const mine = await loaded(store, "d");
      mine["odd"] = value;
      await assert.rejects(store.set("d", mine), (error: ColloqError) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, /^the session cannot be kept: ./);
        return true;
      });
    }
    const { cookie: _, ...rest } = (await store.get("d"))!;
    assert.deepEqual(rest, { ok: 1 });
  },

  "a session that is written by hand takes the place of what was there": async (make) => {
    const store = make();
    const cookie = { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) } as never;
    await store.set("e", { cookie, a: 1, b: { c: 1 } });
    await store.set("e", { cookie, b: { d: 1 } });
    const { cookie: _, ...rest } = (await store.get("e"))!;
    assert.deepEqual(rest, { b: { d: 1 } });
    assert.deepEqual((await store.all()).map((one) => one["b"]), [{ d: 1 }]);
    await store.clear();
    assert.deepEqual([await store.length(), await store.all(), await store.get("e")], [0, [], null]);
  },

  "everything calls back as well": async (make) => {
    const store = make();
    const called = <T>(ask: (done: (error: unknown, value?: T) => void) => void) => new Promise<unknown[]>((resolve) => ask((...all) => resolve(all)));
    assert.deepEqual(await called((done) => store.set("f", fresh(store, "f"), done)), [null, undefined]);
    assert.deepEqual(await called((done) => store.length(done)), [null, 1]);
    const [refused] = await called((done) => store.set("g", fresh(store, "g", { odd: 2 ** 60 }), done));
    assert.ok(refused instanceof ColloqError);
    assert.deepEqual(await called((done) => store.destroy("f", done)), [null, undefined]);
    assert.deepEqual(await called((done) => store.get("f", done as never)), [null, null]);
  },
};

function promises(make: (options?: ColloqStoreOptions) => ColloqStore): void {
  for (const [name, run] of Object.entries(PROMISES)) test(name, () => run(make));
}

describe("in this process", () => {
  const stores: ColloqStore[] = [];
  after(() => stores.forEach((store) => store.close()));
  const make = (options: ColloqStoreOptions = {}) => (stores.push(new ColloqStore(options)), stores.at(-1)!);
  promises(make);

  test("time alone ends a session: by its cookie, by its last use, and by its age", async () => {
    let now = Date.UTC(2026, 0, 1);
    const store = make({ now: () => now, ttl: 3600, absoluteTtl: 40 * 24 * 60 * 60 });
    const plain = (values: object) => ({ cookie: { originalMaxAge: null, expires: null }, ...values }) as unknown as SessionData;
    await store.set("used", plain({ n: 1 }));
    const slow = await loaded(store, "used");
    now += 3_599_000;
    assert.ok(await store.get("used"), "reading it is no use of it");
    now += 2_000;
    assert.equal(await store.get("used"), null);
    slow["n"] = 2;
    await store.set("used", slow);
    assert.equal(await store.get("used"), null, "whoever had read it before does not bring it back");

    await store.set("kept", plain({ n: 1 }));
    for (let hours = 0; hours < 40 * 24 - 1; hours++) {
      now += 3_599_000;
      await store.touch("kept", await loaded(store, "kept"));
    }
    assert.ok(await store.get("kept"), "it is found in every epoch that it may be of");
    now += 2 * DAY_MS;
    assert.equal(await store.get("kept"), null);
    assert.equal(await store.length(), 0);
  });

  test("a touch writes nothing but the time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "colloq-store-"));
    const file = join(folder, "sessions.log");
    let now = Date.now();
    const store = new ColloqStore({ file, now: () => now, touchAfter: 10 });
    await store.set("a", fresh(store, "a", { user: "ada" }));
    const mine = await loaded(store, "a");
    const size = async () => (await readFile(file, "utf8")).length;
    const before = await size();
    now += 5_000;
    mine.cookie.expires = new Date(now + 60_000);
    await store.touch("a", mine);
    assert.equal(await size(), before, "sooner than touchAfter it writes nothing at all");
    now += 6_000;
    mine["user"] = "not by a touch";
    mine.cookie.expires = new Date(now + 60_000);
    await store.touch("a", mine);
    const written = (await readFile(file, "utf8")).slice(before);
    assert.match(written, /^\{"kind":"touched","session":"[0-9a-f-]{36}","activeMs":\d+\}\n$/);
    assert.equal(new Date((await store.get("a"))!.cookie.expires!).getTime(), now + 60_000);
    store.close();
    await rm(folder, { recursive: true });
  });

  test("a file brings sessions back, and what was destroyed not; sids are nowhere in it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "colloq-store-"));
    const file = join(folder, "sessions.log");
    const store = new ColloqStore({ file });
    for (const sid of ["sid-that-stays", "sid-that-goes"]) await store.set(sid, fresh(store, sid, { sid: sid.slice(9) }));
    await store.destroy("sid-that-goes");
    assert.throws(() => new ColloqStore({ file }), /another process/);
    store.close();
    const again = new ColloqStore({ file });
    assert.equal((await again.get("sid-that-stays"))?.["sid"], "stays");
    await again.set("sid-that-goes", fresh(again, "sid-that-goes"));
    assert.deepEqual([await again.get("sid-that-goes"), await again.length()], [null, 1]);
    again.close();
    assert.doesNotMatch(await readFile(file, "utf8"), /sid-that/);
    await rm(folder, { recursive: true });
  });
});

describe("with a host", { skip }, () => {
  let host: Host;
  let nth = 0;
  before(async () => (host = await Host.start()));
  after(() => host.close());
  promises((options = {}) => new ColloqStore({ ...options, url: host.url, prefix: `store-${nth++}` }));

  test("two stores on one host are two, and two of one prefix are one", async () => {
    const [one, same, other] = ["x", "x", "y"].map((prefix) => new ColloqStore({ url: host.url, prefix })) as [ColloqStore, ColloqStore, ColloqStore];
    await one.set("a", fresh(one, "a", { n: 1 }));
    assert.equal((await same.get("a"))?.["n"], 1);
    assert.equal(await other.get("a"), null);
    await same.destroy("a");
    assert.equal(await one.get("a"), null);
  });

  test("a host that is away is an error, and no session that is not there", async () => {
    const away = new ColloqStore({ url: "http://127.0.0.1:9", fetch: () => Promise.reject(new TypeError("away")) });
    await assert.rejects(away.get("a"), (error: ColloqError) => error.code === "unreachable");
  });
});
