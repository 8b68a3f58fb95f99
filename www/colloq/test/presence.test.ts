/**
 * Who is there and what they do, on a real host: live, on every link, and gone with it.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Presence, Session } from "colloq";
import { Host, skip } from "./host.js";

let host: Host;
before(async () => {
  if (skip === false) host = await Host.start();
});
after(() => host?.close());

function untilOthers(session: Session, wanted: (others: readonly Presence[]) => boolean): Promise<readonly Presence[]> {
  return new Promise((resolve) => {
    const look = () => {
      if (!wanted(session.presence.others)) return false;
      resolve(session.presence.others);
      return true;
    };
    if (look()) return;
    const unsubscribe = session.subscribe(() => void (look() && unsubscribe()));
  });
}

test("others see who types, and when they are gone", { skip }, async () => {
  const here = host.client("ann").create();
  await here.append("hello");
  const client = host.client("ann");
  const there = client.session(here.id);
  await there.ready;
  there.presence.set({ typing: true, data: { cursor: 3 } });
  const [one] = await untilOthers(here, (others) => others.some(({ state }) => state.typing));
  assert.deepEqual([one!.id, one!.role, one!.state.data], ["ann", "user", { cursor: 3 }]);
  assert.ok(there.presence.others.every(({ link }) => link !== one!.link), "nobody is an other to oneself");
  const before = here.presence.others;
  assert.equal(here.presence.others, before);
  there.presence.set({ typing: false });
  await untilOthers(here, (others) => others.length > 0 && others.every(({ state }) => !state.typing));
  await client.close();
  await untilOthers(here, (others) => others.length === 0);
});

test("what one says of oneself is said again on a new link", { skip }, async () => {
  const other = await Host.start();
  try {
    const here = other.client("bea").create();
    await here.append("hello");
    const there = other.client("bea").session(here.id);
    await there.ready;
    there.presence.set({ away: true });
    await untilOthers(here, (others) => others.some(({ state }) => state.away));
    await other.stop("SIGKILL");
    await untilOthers(here, (others) => others.length === 0);
    await other.start();
    await untilOthers(here, (others) => others.some(({ state }) => state.away));
  } finally {
    await other.close();
  }
});
