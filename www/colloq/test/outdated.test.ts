/**
 * A page that is older than its host: it stops, says so, and keeps what it could not send.
 *
 * The host is real; what a later one would say differently is put into its frames on their way.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { type Client, createClient, type Status } from "colloq";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { Host, skip } from "./host.js";

let host: Host;
before(async () => {
  if (skip === false) host = await Host.start();
});
after(() => host?.close());

/** A way to the host on which frames are changed. */
async function way(change: { up?: (text: string) => string; down?: (text: string) => string }) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  let links = 0;
  server.on("connection", (socket) => {
    links += 1;
    const upstream = new WebSocket(`${host.url.replace("http", "ws")}/v1/connect`, "colloq.v1");
    const open = once(upstream, "open");
    socket.on("message", (data: RawData) => void open.then(() => upstream.send((change.up ?? String)(String(data)))));
    upstream.on("message", (data: RawData) => socket.send((change.down ?? String)(String(data))));
    upstream.on("close", (code) => socket.close(code));
    socket.on("close", () => upstream.close());
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, links: () => links, close: () => server.close() };
}

function becomes(client: Client, status: Status): Promise<void> {
  return new Promise((resolve) => client.on("status", (now) => now === status && resolve()));
}

test("a later schema stops the client, and nothing that it was asked for is lost or settled", { skip }, async () => {
  const session = host.client("ada").create();
  await session.append("from the host");
  const { url, close } = await way({ down: (text) => text.replace(/"schema":\d+/g, '"schema":99') });
  const client = createClient({ url, token: await host.token("ada"), transport: "ws" });
  const outdated = becomes(client, "outdated");
  const open = client.session(session.id);
  let settled = false;
  const said = open.append("from here").finally(() => (settled = true));
  await outdated;
  assert.equal(client.status, "outdated");
  assert.equal(client.pending, 1);
  assert.equal(settled, false);
  await client.close();
  await assert.rejects(said, { code: "closed" });
  close();
});

test("a host that does not understand the hello is not asked again and again", { skip }, async () => {
  const { url, links, close } = await way({ up: (text) => text.replace('"protocol":1', '"protocol":0') });
  const client = createClient({ url, token: await host.token("bob"), transport: "ws" });
  const outdated = becomes(client, "outdated");
  const said = client.create().append("waits");
  await outdated;
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.deepEqual([client.status, client.pending, links()], ["outdated", 2, 1]);
  await client.close();
  await assert.rejects(said, { code: "closed" });
  close();
});
