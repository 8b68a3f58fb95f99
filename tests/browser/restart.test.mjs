/**
 * The host dies in mid-sentence and comes back on the same file: the tabs go on by themselves, and nothing that was taken is lost or doubled.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ANSWERS, QUESTIONS } from "./dialogue.mjs";
import { assertNoComplaintsButDeath, assertSame, setStage } from "./stage.mjs";
import { until } from "./until.mjs";

const DEATHS = 3;
const stage = setStage();

async function detailedChat(device) {
  const tab = await device.open();
  await tab.by("new-chat").click();
  await tab.by("preferences-format").getByText("Detailed").click();
  await tab.by("connection").and(tab.page.locator('[data-status="online"][data-pending="0"]')).waitFor();
  return tab;
}

/** What was on the page before is there still, in its place: the same texts, or longer ones where a stream went on. */
function assertGoesOn(before, after) {
  for (const [at, { id, role, text, status }] of before.entries()) {
    assert.equal(after[at]?.id, id, `message ${at} keeps its place`);
    assert.equal(after[at].role, role);
    if (status === "streaming") assert.ok(after[at].text.startsWith(text), `"${after[at].text}" goes on from "${text}"`);
    else assert.equal(after[at].text, text);
  }
}

test("a sentence that the host died in goes on to its end", async () => {
  const device = await stage.device();
  const one = await detailedChat(device);
  const other = await device.open(`#/s/${one.session}`);
  await other.by("starter").first().waitFor();
  await one.send(QUESTIONS.story);
  await other.streaming(30);
  await stage.host.kill();
  await Promise.all([one.connection("offline"), other.connection("offline")]);
  const [mine, theirs] = [await one.messages(), await other.messages()];
  const confirmed = theirs.at(-1);
  assert.equal(confirmed.status, "streaming");
  assert.ok(confirmed.text.length < ANSWERS.story.length, "it was in mid-sentence");

  await one.send("Written while the host was down, in the first tab");
  await other.send("Written while the host was down, in the second tab");
  for (const tab of [one, other]) {
    await tab.by("pending").waitFor();
    const last = (await tab.messages()).at(-1);
    assert.ok(last.pending && last.text.startsWith("Written while"), "it is there at once, and waits");
  }
  await one.by("connection").and(one.page.locator('[data-pending="1"]')).waitFor();
  await one.picture("desktop-light-offline");

  await stage.host.start();
  await Promise.all([one.connection("online"), other.connection("online")]);
  // The story, two messages, and an answer to each.
  await Promise.all([one.settled(6), other.settled(6)]);
  const messages = await assertSame(one, other);
  assertGoesOn(
    mine.filter(({ pending }) => !pending),
    messages,
  );
  assertGoesOn(theirs, messages);
  assert.equal(messages[1].text, ANSWERS.story);
  assert.equal(messages.filter(({ text }) => text.startsWith("Written while")).length, 2);
  assert.equal(await one.by("pending").count(), 0);
  const kept = await stage.host.messages(one.session, "guest-one");
  assert.deepEqual(
    kept.map(({ id, content }) => [id, content]),
    messages.map(({ id, text }) => [id, text]),
  );
  assertNoComplaintsButDeath(one, other);
  await device.close();
});

test("a host that dies again and again loses nothing", async () => {
  const device = await stage.device({ userId: "guest-again" });
  const one = await detailedChat(device);
  const other = await device.open(`#/s/${one.session}`);
  await other.by("starter").first().waitFor();
  for (let death = 1; death <= DEATHS; death++) {
    await one.send(`${QUESTIONS.story}, number ${death}`);
    await until("its answer has begun", async () => {
      const last = (await other.messages()).at(-1);
      return last?.role === "assistant" && last.status === "streaming" && last.text.length > 10;
    });
    const before = await other.messages();
    await stage.host.kill();
    await stage.host.start();
    await Promise.all([one.settled(2 * death), other.settled(2 * death)]);
    assertGoesOn(before, await assertSame(one, other));
  }
  const texts = (await one.messages()).map(({ text }) => text);
  for (let death = 1; death <= DEATHS; death++) {
    assert.equal(texts[2 * death - 2], `${QUESTIONS.story}, number ${death}`);
    assert.equal(texts[2 * death - 1], ANSWERS.story);
  }
  assertNoComplaintsButDeath(one, other);
  await device.close();
});

test("a chat that was begun while the host was down is there when it is back", async () => {
  const device = await stage.device({ userId: "guest-offline", phone: true, dark: true });
  const tab = await device.open();
  await tab.connection("online");
  await stage.host.kill();
  await tab.connection("offline");
  await tab.send("Hello from nowhere");
  await tab.by("pending").waitFor();
  await tab.picture("phone-dark-offline");
  await stage.host.start();
  const messages = await tab.settled(2);
  assert.equal(messages[0].text, "Hello from nowhere");
  const other = await device.open(`#/s/${tab.session}`);
  await other.settled(2);
  await assertSame(tab, other);
  assertNoComplaintsButDeath(tab, other);
  await device.close();
});
