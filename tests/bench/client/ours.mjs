/**
 * Our side: the public client against a real host with its memory store. The appends are timed until all of them are decided and shown
 * here; that the host then has each of them once is checked. Opening is what a page does with a session that it kept.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { createClient } from "../../../www/colloq/dist/esm/index.js";
import { patchView } from "../../../www/colloq/dist-modules/view.js";
import { initSync, Uplink } from "../../../www/colloq/wasm/colloq.js";
import WebSocket from "ws";

const ACTOR = JSON.stringify({ role: "operator", id: "dev" });

export class Ours {
  name = "colloq";
  #child;
  #url;

  static async start() {
    const ours = new Ours();
    const binary = process.env.COLLOQ_BIN ?? "target/release/colloq";
    ours.#child = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--store", "memory:"], { stdio: ["ignore", "pipe", "ignore"] });
    const lines = createInterface(ours.#child.stdout);
    for await (const line of lines) {
      ours.#url = line.match(/^listening on (\S+)/)?.[1];
      if (ours.#url) break;
    }
    return ours;
  }

  async stop() {
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
  }

  async measure(said) {
    const client = createClient({ url: this.#url });
    // Only a host says that the client is an operator, who may raise limits.
    const online = new Promise((resolve) => client.on("status", (status) => status === "online" && resolve()));
    const session = client.create({ title: "B2" });
    await online;
    await session.submit({ kind: "setLimits", limits: { maxMessages: 10_000, maxContentBytes: 64 << 20 } });
    const at = performance.now();
    const sent = said.map(({ type, content }) => session.append({ type, content }));
    if (session.view.messages.length !== said.length) throw new Error("messages are missing in the view");
    const append = performance.now() - at;
    await Promise.all(sent);
    await this.#check(session.id, said);
    await client.close();
    return { append, open: await this.#open(session.id, said) };
  }

  /** The host has each message once, in order. */
  async #check(id, said) {
    const session = await (await fetch(new URL(`v1/sessions/${id}`, this.#url))).json();
    const same = session.messages.length === said.length && session.messages.every(({ content }, nth) => content === said[nth].content);
    if (!same) throw new Error("the host does not have what was said");
  }

  async #open(id, said) {
    initSync({ module: await readFile(new URL("../../../www/colloq/wasm/colloq_bg.wasm", import.meta.url)) });
    const saved = await this.#snapshot(id);
    const at = performance.now();
    const uplink = new Uplink(id, 0, id, ACTOR);
    uplink.receive(saved, Date.now());
    const view = patchView(undefined, JSON.parse(uplink.changes()));
    const open = performance.now() - at;
    if (view.messages.length !== said.length) throw new Error("messages are missing in what was saved");
    uplink.free();
    return open;
  }

  /** The session as a page keeps it: its host's snapshot. */
  async #snapshot(id) {
    const socket = new WebSocket(new URL("v1/connect", this.#url.replace("http", "ws")), "colloq.v1");
    await once(socket, "open");
    const snapshot = new Promise((resolve) => {
      socket.on("message", (data) => String(data).startsWith('{"kind":"snapshot"') && resolve(String(data)));
    });
    socket.send(JSON.stringify({ kind: "hello", client: id, protocol: 1 }));
    socket.send(JSON.stringify({ kind: "subscribe", session: id }));
    const text = await snapshot;
    socket.close();
    return text;
  }
}
