/**
 * The package in pages that come and go: what was made offline is sent once, in order, by whoever is left; what is refused says why; and
 * a user who signs out leaves nothing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, openLibrary } from "./library.mjs";
import { setStage } from "./stage.mjs";
import { until } from "./until.mjs";

const stage = setStage();

/** A device whose host can be cut off, and its pages. */
async function away(userId) {
  const device = await stage.device({ userId });
  await device.wire();
  const open = async () => {
    const page = await openLibrary(device, stage.host);
    await page.evaluate(begin, userId);
    return page;
  };
  return { device, open };
}

/** The messages of a session as the host has them. */
async function atHost(session, userId) {
  return (await stage.host.messages(session, userId)).map(({ content }) => content);
}

/** Waits until the page has written all that it was asked to. */
const written = (page) =>
  until("the queues are kept", () =>
    page.evaluate(async () => {
      const { Database } = await import("/package/dist-modules/persist/database.js");
      const database = await Database.open((await indexedDB.databases())[0].name.slice("colloq:".length));
      const queues = await database.queues();
      database.close();
      const count = queues.reduce((sum, { text }) => sum + JSON.parse(text).length, 0);
      return count > 0 && count === client.pending;
    }),
  );

test("what was made offline is there after a reload, and goes out once and in order when the host is back", async () => {
  const { device, open } = await away("ann");
  const page = await open();
  const known = await page.evaluate(async () => {
    const session = client.create({ title: "Known" });
    await session.append("with the host");
    return session.id;
  });
  await until("the state is kept", () => page.evaluate(async () => (await indexedDB.databases()).length === 1));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await device.cut();
  const made = await page.evaluate(async (known) => {
    const [one, other] = [client.session(known), client.create({ title: "Made offline" })];
    await one.ready;
    for (const at of [1, 2, 3]) for (const session of [one, other]) void session.append(`offline ${at}`);
    return other.id;
  }, known);
  await written(page);
  await page.reload();
  await page.evaluate(begin, "ann");
  // The list, both sessions and all that was written is there before any host is.
  const list = await page.evaluate(() => new Promise((resolve) => client.watchSessions((list) => list.length === 2 && resolve(list.map(({ title }) => title)))));
  assert.deepEqual(new Set(list), new Set(["Known", "Made offline"]));
  await until("all of it is on the page", async () => {
    const [one, other] = await page.evaluate(([known, made]) => [texts(known), texts(made)], [known, made]);
    return one?.length === 4 && other?.length === 3 && !one[0][1] && one[3][1] && other.every(([, pending]) => pending);
  });
  await page.evaluate((known) => void client.session(known).append("offline 4"), known);
  device.mend();
  await until("everything is settled", () => page.evaluate(() => client.status === "online" && client.pending === 0));
  assert.deepEqual(await atHost(known, "ann"), ["with the host", "offline 1", "offline 2", "offline 3", "offline 4"]);
  assert.deepEqual(await atHost(made, "ann"), ["offline 1", "offline 2", "offline 3"]);
  assert.deepEqual(await page.evaluate(() => rejected), []);
  await device.close();
});

test("the queue of a tab that is gone goes out from another one, once, and never while it lives", async () => {
  const { device, open } = await away("bea");
  const [one, two, three] = [await open(), await open(), await open()];
  const id = await one.evaluate(async () => {
    const session = client.create();
    await session.append("first");
    return session.id;
  });
  for (const page of [two, three]) await page.evaluate((id) => client.session(id).ready.then(() => {}), id);
  await device.cut();
  await one.evaluate((id) => {
    for (let at = 0; at < 20; at++) void client.session(id).append(`left ${at}`);
  }, id);
  await written(one);
  await two.evaluate((id) => void client.session(id).append("own"), id);
  await one.close();
  device.mend();
  await until("everything is settled", async () => {
    const pages = await Promise.all([two, three].map((page) => page.evaluate((id) => [client.pending, texts(id)?.length], id)));
    return pages.every(([pending, count]) => pending === 0 && count === 22);
  });
  const kept = await atHost(id, "bea");
  assert.deepEqual(kept.filter((text) => text.startsWith("left")), Array.from({ length: 20 }, (_, at) => `left ${at}`));
  assert.equal(kept.length, 22);
  assert.equal(kept[0], "first");
  await device.close();
});

test("what is refused after all says so, with its reason, also when another page had asked for it", async () => {
  const { device, open } = await away("cara");
  const page = await open();
  const id = await page.evaluate(async () => {
    const session = client.create();
    await session.append("before");
    return session.id;
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await device.cut();
  await page.evaluate((id) => void client.session(id).append("too late"), id);
  await written(page);
  await stage.host.end(id, "cara");
  await page.reload();
  await page.evaluate(begin, "cara");
  await page.evaluate(() => void client.watchSessions(() => {}));
  device.mend();
  await until("the refusal is told", () => page.evaluate(() => rejected.length > 0));
  assert.deepEqual(await page.evaluate(() => rejected), [[id, "sessionEnded", "appendMessage"]]);
  assert.deepEqual(await atHost(id, "cara"), ["before"]);
  await until("nothing is left to be sent", () => page.evaluate(() => client.pending === 0));
  await device.close();
});

test("s19 whoever signs out leaves nothing behind, offline as well", async () => {
  const { device, open } = await away("dora");
  const page = await open();
  await page.evaluate(async () => {
    await client.create({ title: "Secret" }).append("secret");
  });
  await device.cut();
  await page.evaluate(() => void client.create({ title: "Unsent" }).append("unsent"));
  await until("it is kept", () => page.evaluate(async () => (await indexedDB.databases()).length === 1));
  await page.evaluate(() => client.signOut());
  assert.deepEqual(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), []);
  assert.equal(await page.evaluate(() => client.status), "signedOut");
  await page.reload();
  await page.evaluate(begin, "dora");
  await page.evaluate(() => new Promise((resolve) => client.watchSessions((list) => list.length === 0 && resolve())));
  device.mend();
  await device.close();
});

test("a page that comes back without its id takes another one, and nothing is sent twice", async () => {
  const { device, open } = await away("eve");
  const [one, other] = [await open(), await open()];
  const id = await one.evaluate(async () => {
    const session = client.create();
    await session.append("before");
    return session.id;
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await device.cut();
  await one.evaluate((id) => void client.session(id).append("put aside").catch(() => {}), id);
  await written(one);
  // As after the back-forward cache: the browser took the lock, and the page is shown again.
  await one.evaluate(async () => {
    const { held } = await navigator.locks.query();
    const own = held.map(({ name }) => name);
    globalThis.stolen = [];
    for (const name of own) void navigator.locks.request(name, { steal: true }, () => new Promise((resolve) => stolen.push(resolve)));
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  await one.evaluate(() => stolen.forEach((release) => release()));
  await one.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await one.evaluate((id) => void client.session(id).append("after"), id);
  device.mend();
  await until("everything is settled", async () => {
    const pages = await Promise.all([one, other].map((page) => page.evaluate((id) => client.session(id).ready.then(() => [client.pending, texts(id).length]), id)));
    return pages.every(([pending, count]) => pending === 0 && count === 3);
  });
  assert.deepEqual(new Set(await atHost(id, "eve")), new Set(["before", "put aside", "after"]));
  await device.close();
});
