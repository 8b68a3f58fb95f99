/**
 * `colloq/react`: what a server renders, without any I/O; and the stores behind the hooks, with a real host.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, type Session, type SessionView } from "colloq";
import { ColloqProvider, useConnection, useMessages, usePresence, useSelector, useSession, useSessions } from "colloq/react";
import { createServerClient } from "colloq/server";
import { createElement, StrictMode } from "react";
import { renderToString } from "react-dom/server";
import type { Client } from "#internal/client";
import { ListHandle, SessionHandle } from "#internal/react/handle";
import { Host, skip } from "./host.js";

let host: Host;
/** A user's client as the modules know it, of which the package was made. */
const clientOf = (userId: string) => host.client(userId) as unknown as Client;
before(async () => {
  if (skip === false) host = await Host.start();
});
after(() => host?.close());

function Page({ id, initial }: { id: string; initial?: SessionView }) {
  const { view, session } = useSession(id, { initial });
  const { items, loading } = useSessions();
  const { status, pending } = useConnection();
  return createElement("p", {}, `${view?.title} ${view?.messages.at(-1)?.content} ${session} ${items.length} ${loading} ${status} ${pending}`);
}

test("a server renders the initial view, opens nothing, and asks nobody", () => {
  const asked: unknown[] = [];
  const client = createClient({
    url: "http://127.0.0.1:9",
    fetch: async (input) => {
      asked.push(input);
      throw new TypeError("no network here");
    },
  });
  const id = "01890000-0000-7000-8000-000000000000";
  const initial = { id, title: "Rendered", messages: [{ content: "on a server" }] } as unknown as SessionView;
  const page = createElement(StrictMode, {}, createElement(ColloqProvider, { client }, createElement(Page, { id, initial })));
  assert.equal(renderToString(page), "<p>Rendered on a server null 0 true idle 0</p>");
  assert.equal(client.status, "idle");
  assert.deepEqual(asked, []);
  assert.throws(() => renderToString(createElement(Page, { id })), /ColloqProvider/);
});

test("hooks of a session read it while they render", { skip }, async () => {
  const client = host.client("ann");
  const session = client.create({ title: "Hooks" });
  await session.append("hello");
  function Inside({ of }: { of: Session }) {
    const { messages, streaming } = useMessages(of);
    const title = useSelector(of, (view) => view?.title);
    const [others] = usePresence(of);
    return createElement("p", {}, `${title} ${messages.length} ${streaming?.id} ${others.length}`);
  }
  assert.equal(renderToString(createElement(Inside, { of: session })), "<p>Hooks 1 undefined 0</p>");
});

test("a handle opens when it is subscribed to, keeps its snapshot, and can be subscribed to anew", { skip }, async () => {
  const client = clientOf("bea");
  const made = client.create({ title: "Handled" });
  await made.append("hello");
  const initial = await createServerClient({ url: host.url, token: await host.token("bea") }).get(made.id);
  assert.equal(initial.messages[0]!.pending, false);
  const reader = clientOf("bea");
  const handle = new SessionHandle(reader, made.id, initial);
  assert.equal(reader.status, "idle");
  assert.deepEqual(handle.snapshot(), { view: initial, session: null });
  // As StrictMode does: there, gone, there again.
  handle.subscribe(() => {})();
  let told = 0;
  const unsubscribe = handle.subscribe(() => (told += 1));
  const { session } = handle.snapshot();
  assert.equal(handle.snapshot(), handle.snapshot());
  const message = await session!.append("from the page");
  assert.ok(handle.snapshot().view!.messages.some(({ id }) => id === message.id));
  assert.ok(told > 0);
  unsubscribe();
  const stranger = new SessionHandle(clientOf("carl"), made.id, undefined);
  const refused = new Promise<void>((resolve) => stranger.subscribe(() => stranger.snapshot().error && resolve()));
  await refused;
  assert.equal(stranger.snapshot().error?.code, "sessionNotFound");
  assert.equal(handle.serverSnapshot().session, null);
});

test("a list goes on from what a shorter one knew", { skip }, async () => {
  const client = clientOf("dora");
  for (const title of ["One", "Two", "Three"]) await client.create({ title }).append(title);
  const short = new ListHandle(client, 2);
  assert.equal(short.snapshot().loading, true);
  await new Promise<void>((resolve) => short.subscribe(() => short.snapshot().items.length === 2 && resolve()));
  const long = new ListHandle(client, 4, short.snapshot());
  assert.equal(long.snapshot(), short.snapshot());
  await new Promise<void>((resolve) => long.subscribe(() => long.snapshot().items.length === 3 && resolve()));
});
