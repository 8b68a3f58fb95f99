/**
 * The page without its host: what is written waits and says so, over reloads; duplicated tabs, tabs that come back, streams that are come
 * upon in the middle. Nothing is lost, and nothing is there twice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setStage } from "./stage.mjs";
import { until } from "./until.mjs";

const stage = setStage({ cached: true });

/** A device whose host can be cut off. */
async function wired(userId, options = {}) {
  const device = await stage.device({ userId, ...options });
  await device.wire();
  return device;
}

/** What the visitor said, as a tab shows it. */
async function said(tab) {
  return (await tab.messages()).filter(({ role }) => role === "user");
}

/** Waits until a tab shows these words of the visitor, and none of them waits any more. */
function settledWords(tab, words) {
  return until(`the visitor said ${words.join(", ")}`, async () => {
    const messages = await said(tab);
    return messages.length === words.length && messages.every(({ text, pending }, at) => text === words[at] && !pending);
  });
}

/** What the visitor said, as the host has it. */
async function kept(session, userId) {
  return (await stage.host.messages(session, userId)).filter(({ type }) => type === "user").map(({ content }) => content);
}

test("offline and back: the page says what waits, keeps it over a reload, and sends it once", async () => {
  const device = await wired("guest-away");
  const tab = await device.open();
  await tab.send("Before the tunnel");
  await settledWords(tab, ["Before the tunnel"]);
  const { session } = tab;
  await tab.by("title").getByText("Before the tunnel").waitFor();
  await device.cut();
  await tab.connection("offline");
  await tab.send("In the tunnel");
  await tab.send("Still in it");
  await tab.page.locator('[data-testid="banner"][data-unsent="2"]').waitFor();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await tab.picture("desktop-light-banner");
  // The page comes, its host does not.
  await tab.page.reload();
  await until("what waits is there", async () => (await said(tab)).length === 3);
  assert.deepEqual(
    (await said(tab)).map(({ text, pending }) => [text, pending]),
    [
      ["Before the tunnel", false],
      ["In the tunnel", true],
      ["Still in it", true],
    ],
  );
  assert.equal(await tab.by("title").textContent(), "Before the tunnel");
  await tab.by("session-item").first().waitFor();
  // A chat that is begun here is there after a reload as well.
  await tab.by("new-chat").click();
  await tab.send("Begun in the tunnel");
  await tab.by("pending").waitFor();
  const begun = tab.session;
  assert.notEqual(begun, session);
  await until("the queue is kept", () => queues(tab, 2));
  await tab.page.reload();
  await tab.by("pending").waitFor();
  await tab.by("session-item").nth(1).waitFor();
  device.mend();
  await settledWords(tab, ["Begun in the tunnel"]);
  await tab.by("banner").waitFor({ state: "detached" });
  await tab.by("session-item").and(tab.page.locator(`[data-session="${session}"]`)).click();
  const words = ["Before the tunnel", "In the tunnel", "Still in it"];
  await settledWords(tab, words);
  assert.deepEqual(await kept(session, "guest-away"), words);
  assert.deepEqual(await kept(begun, "guest-away"), ["Begun in the tunnel"]);
  await device.close();
});

test("a tab that is closed with unsent messages has an heir", async () => {
  const device = await wired("guest-heir");
  const [one, other] = [await device.open(), await device.open()];
  await one.send("First words");
  await settledWords(one, ["First words"]);
  const { session } = one;
  await device.cut();
  await one.connection("offline");
  await one.send("Last words");
  await until("the queue is kept", () => queues(one, 1));
  await one.page.close();
  device.mend();
  await until("the host has them", async () => (await kept(session, "guest-heir")).length === 2);
  assert.deepEqual(await kept(session, "guest-heir"), ["First words", "Last words"]);
  await other.by("session-item").first().click();
  await settledWords(other, ["First words", "Last words"]);
  await device.close();
});

test("a duplicated tab is another one: both write, and each message is there once", async () => {
  const device = await wired("guest-twin");
  const one = await device.open();
  await one.send("One of us");
  await settledWords(one, ["One of us"]);
  const [twin] = await Promise.all([device.popup(one), one.page.evaluate(() => void window.open(location.href))]);
  await settledWords(twin, ["One of us"]);
  await device.cut();
  await Promise.all([one.connection("offline"), twin.connection("offline")]);
  for (const at of [1, 2, 3]) await Promise.all([one.send(`one ${at}`), twin.send(`twin ${at}`)]);
  device.mend();
  for (const tab of [one, twin]) await until("all are settled", async () => (await said(tab)).filter(({ pending }) => !pending).length === 7);
  const words = await kept(one.session, "guest-twin");
  assert.equal(words.length, 7);
  for (const name of ["one", "twin"]) assert.deepEqual(words.filter((word) => word.startsWith(name)), [1, 2, 3].map((at) => `${name} ${at}`));
  assert.deepEqual((await said(one)).map(({ text }) => text), words);
  await device.close();
});

test("a page that one comes back to has what it had, sent once, out of the back-forward cache", async () => {
  const device = await wired("guest-back");
  const tab = await device.open();
  await tab.send("Before I went");
  await settledWords(tab, ["Before I went"]);
  const { session } = tab;
  await device.cut();
  await tab.connection("offline");
  await tab.send("While I went");
  await until("the queue is kept", () => queues(tab, 1));
  await tab.page.goto(new URL("healthz", stage.host.url).href);
  await tab.page.goBack({ waitUntil: "commit" });
  await tab.by("pending").waitFor();
  // A page that is loaded anew says "back_forward" here; the browser had kept this one as it was.
  assert.equal(await tab.page.evaluate(() => performance.getEntriesByType("navigation")[0].type), "navigate");
  assert.deepEqual((await said(tab)).map(({ text }) => text), ["Before I went", "While I went"]);
  device.mend();
  await settledWords(tab, ["Before I went", "While I went"]);
  await tab.send("And back");
  await settledWords(tab, ["Before I went", "While I went", "And back"]);
  assert.deepEqual(await kept(session, "guest-back"), ["Before I went", "While I went", "And back"]);
  await device.close();
});

test("a reload in the middle of a stream goes on with it to its end", async () => {
  const device = await wired("guest-middle", { phone: true });
  const tab = await device.open();
  await tab.by("open-list").click();
  await tab.by("new-chat").click();
  await tab.by("connection").and(tab.page.locator('[data-status="online"][data-pending="0"]')).waitFor();
  const { session } = tab;
  const text = Array.from({ length: 60 }, (_, at) => `word ${at} `);
  const write = (path, body) => stage.host.write(session, path, body, "robot", "agent");
  const { id } = await write("messages", { type: "assistant", status: "streaming" });
  let offset = 0;
  for (const [at, word] of text.entries()) {
    await write(`messages/${id}/delta`, { offset, text: word });
    offset += word.length;
    if (at === 20) await tab.streaming(20);
    if (at === 20 || at === 40) await tab.page.reload();
  }
  await tab.streaming(text.join("").length);
  await write(`messages/${id}/complete`, {});
  const [message] = await tab.settled(1);
  assert.equal(message.text, text.join(""));
  await device.close();
});

/** Whether the page has so many queues in the browser. */
function queues(tab, count) {
  return tab.page.evaluate(async (count) => {
    const [{ name }] = await indexedDB.databases();
    const database = await new Promise((resolve) => (indexedDB.open(name).onsuccess = (event) => resolve(event.target.result)));
    const request = database.transaction("queues").objectStore("queues").getAllKeys();
    const keys = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    database.close();
    return keys.length >= count;
  }, count);
}
