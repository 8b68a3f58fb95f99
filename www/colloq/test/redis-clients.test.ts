/** `redisStore` with the versions of the npm client that people have: each keeps, reads and tells the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { redisStore, SessionManager } from "colloq/node";
import { RedisServer, skipRedis as skip } from "./redis-server.js";

type Client = Parameters<typeof redisStore>[0] & { connect(): Promise<unknown>; disconnect(): Promise<unknown> };
type Package = { createClient(options: object): Client };

for (const name of ["redis4", "redis5", "redis"]) {
  test(`two workers on the package ${name} lose nothing`, { skip }, async (t) => {
    const redis = await RedisServer.start();
    t.after(() => redis.close());
    const { createClient } = (await import(name)) as Package;
    const clients = [createClient({ url: redis.url }), createClient({ url: redis.url })];
    for (const client of clients) await client.connect();
    const [one, other] = clients.map((client) => new SessionManager({ store: redisStore(client) })) as [SessionManager, SessionManager];
    const { id } = one.createSession("ada", { title: "\u00fc", data: { n: 1 } });
    await one.flush();
    assert.equal((await other.load(id))?.title, "\u00fc");
    for (let n = 0; n < 20; n++) for (const manager of [one, other]) manager.addMessage(id, { type: "user", content: `${n}` });
    await Promise.all([one.flush(), other.flush()]);
    const contents = (await one.load(id))!.messages.map(({ content }) => content);
    assert.deepEqual(contents.sort(), Array.from({ length: 40 }, (_, n) => `${n >> 1}`).sort());
    assert.deepEqual((await other.load(id))!.messages.length, 40);
    for (const manager of [one, other]) manager.close();
    for (const client of clients) await client.disconnect();
  });
}
