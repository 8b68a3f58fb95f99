/**
 * Two devices of one person that write into one session at the same moment.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNoComplaints, assertSame, setStage } from "./stage.mjs";
import { until } from "./until.mjs";

const ROUNDS = 6;
const stage = setStage();

test("both devices end with the same order, which keeps each one's own", async () => {
  const [laptop, phone] = [await stage.device(), await stage.device({ phone: true })];
  const one = await laptop.open();
  await one.by("new-chat").click();
  await one.by("preferences-format").waitFor();
  await one.by("connection").and(one.page.locator('[data-status="online"][data-pending="0"]')).waitFor();
  const other = await phone.open(`#/s/${one.session}`);
  await other.by("starter").first().waitFor();

  const write = async (tab, name) => {
    for (let round = 1; round <= ROUNDS; round++) await tab.send(`${name} says ${round}`);
  };
  await Promise.all([write(one, "laptop"), write(other, "phone")]);

  // Every message is answered by the device that wrote it.
  await Promise.all([one.settled(4 * ROUNDS), other.settled(4 * ROUNDS)]);
  const messages = await assertSame(one, other);
  for (const name of ["laptop", "phone"]) {
    const said = messages.filter(({ text }) => text.startsWith(`${name} says`)).map(({ text }) => text);
    assert.deepEqual(
      said,
      Array.from({ length: ROUNDS }, (_, at) => `${name} says ${at + 1}`),
    );
  }
  const kept = await stage.host.messages(one.session, "guest-one");
  assert.deepEqual(
    kept.map(({ id, content }) => [id, content]),
    messages.map(({ id, text }) => [id, text]),
  );
  // The newest message stayed in sight; whoever reads further up can come back.
  const [first, last] = [other.by("message").first(), other.by("message").last()];
  await until("the newest is in sight by itself", () => inSight(last));
  await first.scrollIntoViewIfNeeded();
  await until("the newest is out of sight", async () => !(await inSight(last)));
  await other.page.getByRole("button", { name: "To the newest message" }).click();
  await until("the newest is in sight", () => inSight(last));
  await other.picture("phone-light-conversation");
  assertNoComplaints(one, other);
  await Promise.all([laptop.close(), phone.close()]);
});

/** Whether an element ends above the composer. */
async function inSight(element) {
  const page = element.page();
  const [box, composer] = [await element.boundingBox(), await page.getByTestId("composer").boundingBox()];
  return box.y + box.height <= composer.y;
}
