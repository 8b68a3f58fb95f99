/**
 * Two tabs on one session: what one writes the other sees, and a stream while it grows.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ANSWERS, QUESTIONS } from "./dialogue.mjs";
import { assertNoComplaints, assertSame, setStage } from "./stage.mjs";
import { until } from "./until.mjs";

const stage = setStage();

test("a stream grows in the other tab as well, and both end equal", async () => {
  const device = await stage.device();
  const one = await device.open();
  await one.by("starter").first().waitFor();
  await one.send(QUESTIONS.story);
  const [asked] = await until("the message is confirmed", async () => {
    const messages = await one.messages();
    return messages.length > 0 && !messages[0].pending && messages;
  });
  assert.equal(asked.text, QUESTIONS.story);
  await one.settled(2);

  // The second tab comes by the link that the first one copies.
  await one.by("share").click();
  const link = await until("a link is copied", () => one.page.evaluate(() => navigator.clipboard.readText()));
  const other = await device.open(link);
  await other.settled(2);
  await other.by("preferences-format").getByText("Detailed").click();
  await one.by("preferences-format").locator("input[value=detailed]:checked").waitFor({ state: "attached" });

  await other.watchGrowth();
  await one.send(QUESTIONS.story);
  const answer = (await one.settled(4)).at(-1);
  await other.settled(4);
  assert.equal(answer.text, ANSWERS.story);
  await assertSame(one, other);

  const growth = await other.growth();
  const lengths = new Set(growth.map((text) => text.length));
  assert.ok(lengths.size >= 4, `seen at the lengths ${[...lengths]}`);
  for (const [at, text] of growth.entries())
    assert.ok(ANSWERS.story.startsWith(text) && text.length >= (growth[at - 1]?.length ?? 0), text);
  assert.ok(growth[0].length < ANSWERS.story.length / 2, "it is seen long before it ends");

  await other.send("And from the other tab?");
  await one.settled(6);
  await other.settled(6);
  const messages = await assertSame(one, other);
  assert.deepEqual(
    messages.map(({ role }) => role),
    ["user", "assistant", "user", "assistant", "user", "assistant"],
  );
  assertNoComplaints(one, other);
  await device.close();
});

test("stop ends the stream in both tabs, and the text stays", async () => {
  const device = await stage.device({ userId: "guest-stop" });
  const one = await device.open();
  await one.by("new-chat").click();
  await one.by("preferences-format").getByText("Detailed").click();
  await one.send(QUESTIONS.story);
  const other = await device.open(`#/s/${one.session}`);
  const { text } = await other.streaming(20);
  await other.picture("desktop-light-streaming");
  await other.by("stop").click();
  for (const tab of [one, other]) {
    await until("the message is stopped", async () => (await tab.messages()).at(-1)?.status === "stopped");
    await tab.by("stop").waitFor({ state: "detached" });
  }
  await until("both say the same", async () => JSON.stringify(await one.messages()) === JSON.stringify(await other.messages()));
  const messages = await assertSame(one, other);
  const stopped = messages.at(-1);
  assert.ok(stopped.text.startsWith(text), `${stopped.text} goes on from ${text}`);
  assert.ok(ANSWERS.story.startsWith(stopped.text) && stopped.text.length < ANSWERS.story.length);
  await other.picture("desktop-light-stopped");

  // Stopped is the end of this answer, not of the conversation.
  await one.send(QUESTIONS.offline);
  assert.equal((await other.settled(4)).at(-1).status, "complete");
  assert.equal((await other.messages())[1].text, stopped.text);
  assertNoComplaints(one, other);
  await device.close();
});
