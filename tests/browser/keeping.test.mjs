/**
 * What a page keeps, by the package's own files: bounded, one owner a queue, one heir, and gone at once where a user signs out.
 *
 * The pages here are blank; the files come from the package as it was built.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setStage } from "./stage.mjs";
import { until } from "./until.mjs";

const DIST = new URL("../../www/colloq/dist-modules/", import.meta.url);
const stage = setStage();

/** A tab that has the package's files at `/dist/`, and nothing else. */
async function blank(device) {
  const { page } = await device.blank();
  await page.route("**/dist/**", async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^\/dist\//, "");
    await route.fulfill({ contentType: "text/javascript", body: await readFile(new URL(path, DIST), "utf8") });
  });
  await page.route(new URL("blank", stage.host.url).href, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await page.goto(new URL("blank", stage.host.url).href);
  return page;
}

test("the oldest sessions go when there is no more room; queues stay until they are settled", async () => {
  const device = await stage.device();
  const page = await blank(device);
  const kept = await page.evaluate(async () => {
    const { Database } = await import("/dist/persist/database.js");
    const { Keeper } = await import("/dist/persist/keeper.js");
    const database = await Database.open("bounds");
    const keeper = new Keeper(database, "me", [], { sessions: 3, bytes: 1_000_000 });
    const source = (id, size, queue) => ({
      id,
      over: false,
      saved: () => "x".repeat(size),
      queue: () => queue.text,
      summary: () => ({ id }),
      view: () => undefined,
    });
    const queues = {};
    for (const id of ["a", "b", "c", "d"]) {
      queues[id] = { text: `queue of ${id}` };
      keeper.handleChange(source(id, 100, queues[id]));
      await keeper.flush();
    }
    const ids = async () => (await database.shelf()).map((label) => label.id).sort();
    const first = await ids();
    // One that is too large for all of them together goes in, and the rest go.
    queues.e = { text: undefined };
    keeper.handleChange(source("e", 400_000, queues.e));
    await keeper.flush();
    const second = await ids();
    const state = await database.session("e");
    queues.b.text = undefined;
    keeper.handleChange(source("b", 100, queues.b));
    await keeper.flush();
    const left = (await database.queues()).map((queue) => [queue.client, queue.session, queue.text]);
    const again = new Keeper(database, "me", await database.shelf());
    return { first, second, left, summaries: again.summaries().length, size: state.frame.length, gone: (await database.session("a")) === undefined };
  });
  assert.deepEqual(kept.first, ["b", "c", "d"]);
  assert.deepEqual(kept.second, ["e"]);
  assert.deepEqual(kept.left, [
    ["me", "a", "queue of a"],
    ["me", "c", "queue of c"],
    ["me", "d", "queue of d"],
  ]);
  assert.deepEqual([kept.summaries, kept.size, kept.gone], [1, 400_000, true]);
  await device.close();
});

/** In a page: owns a client id, and takes over what others leave; what it inherits is kept in `inherited`. */
function settle([client, settles]) {
  return (async () => {
    const { Persistence } = await import("/dist/persist/persistence.js");
    globalThis.inherited = [];
    const { Database } = await import("/dist/persist/database.js");
    globalThis.kept = await Persistence.open("family", Database.open("family"), client);
    kept.inherit(client, async (queue) => {
      inherited.push(`${queue.client} ${queue.session} ${queue.text}`);
      if (!settles) await new Promise(() => {});
    });
  })();
}

test("a queue is left alone while its page lives, and has one heir at a time when it is gone", async () => {
  const device = await stage.device();
  const [owner, one, other] = [await blank(device), await blank(device), await blank(device)];
  await owner.evaluate(settle, ["owner", true]);
  await owner.evaluate(async () => {
    const source = { id: "s", over: false, saved: () => undefined, queue: () => "[1]", summary: () => undefined, view: () => undefined };
    kept.handleChange(source);
    await kept.flush();
  });
  // The first heir is one that never gets to the end.
  await one.evaluate(settle, ["one", false]);
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  assert.deepEqual(await one.evaluate(() => inherited), []);
  assert.equal(await owner.evaluate(() => kept.isOwner()), true);
  await owner.close();
  await until("the first heir has the queue", async () => (await one.evaluate(() => inherited)).length === 1);
  await other.evaluate(settle, ["other", true]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.deepEqual(await other.evaluate(() => inherited), []);
  await one.close();
  await until("the second heir has it", async () => (await other.evaluate(() => inherited)).length === 1);
  assert.deepEqual(await other.evaluate(() => inherited), ["owner s [1]"]);
  const last = await blank(device);
  await last.evaluate(settle, ["last", true]);
  await until("the queue is gone", () =>
    last.evaluate(async () => {
      const { Database } = await import("/dist/persist/database.js");
      return (await (await Database.open("family")).queues()).length === 0;
    }),
  );
  assert.deepEqual(await last.evaluate(() => inherited), []);
  await device.close();
});

test("signing out deletes everything, also under the hands of other tabs, which then keep nothing more", async () => {
  const device = await stage.device();
  const [one, other] = [await blank(device), await blank(device)];
  await one.evaluate(settle, ["one", true]);
  await other.evaluate(settle, ["other", true]);
  const write = async () => {
    kept.handleChange({ id: "s", over: false, saved: () => "state", queue: () => `[${Math.random()}]`, summary: () => undefined, view: () => undefined });
    await kept.flush();
  };
  await other.evaluate(write);
  await one.evaluate(() => kept.wipe());
  await other.evaluate(write);
  const left = await one.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  assert.deepEqual(left, []);
  await device.close();
});
