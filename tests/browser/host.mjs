/**
 * A real host in a process of its own: the binary, a fixed port, and a store's file that outlives it.
 *
 * It never runs anything in the place of the binary.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { target } from "./places.mjs";

const START_MS = 30_000;

/** One host, which may die and come back at the same address. */
export class Host {
  #folder;
  #port;
  #child;
  #store;

  constructor(folder, port, store) {
    this.#folder = folder;
    this.#store = store ?? `sqlite:${join(folder, "colloq.db")}`;
    this.#port = port;
  }

  /** Starts a host with an empty store: a file, or the one named. */
  static async begin(store) {
    const host = new Host(await mkdtemp(join(tmpdir(), "colloq-browser-")), await freePort(), store);
    await host.start();
    return host;
  }

  /** Where it listens; the address is the same after every start. */
  get url() {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Starts the process on what the store's file holds, and waits until it listens. */
  async start() {
    const child = spawn(binary(), ["serve", "--listen", `127.0.0.1:${this.#port}`, "--store", this.#store], {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let said = "";
    child.stderr.on("data", (bytes) => (said += bytes));
    const exited = once(child, "exit").then(([code]) => Promise.reject(new Error(`the host ended with ${code}: ${said}`)));
    exited.catch(() => {});
    const listening = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the host does not listen: ${said}`)), START_MS);
      createInterface(child.stdout).on("line", (line) => {
        if (!line.startsWith("listening on")) return;
        clearTimeout(timer);
        resolve();
      });
    });
    await Promise.race([listening, exited]);
  }

  /** Ends the process between two instructions, as a power cut would. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** Stops the process and removes the store. */
  async close() {
    await this.#end("SIGTERM");
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The messages of a session as the host has them, oldest first, asked for over HTTP by the user. */
  async messages(session, userId) {
    const page = await this.#ask(`v1/sessions/${session}/messages?limit=200`, { token: await this.#token(userId) });
    return page.items.reverse();
  }

  /** Does something in a session over HTTP, as its user or as an agent. */
  async write(session, path, body, userId, role = "user") {
    return this.#ask(`v1/sessions/${session}/${path}`, { method: "POST", body: JSON.stringify(body), token: await this.#token(userId, role) });
  }

  /** Ends a session over HTTP, as its user. */
  async end(session, userId) {
    await this.#ask(`v1/sessions/${session}/end`, { method: "POST", body: "{}", token: await this.#token(userId) });
  }

  async #token(userId, role = "user") {
    return (await this.#ask("v1/tokens", { method: "POST", body: JSON.stringify({ userId, role }) })).token;
  }

  async #ask(path, { token, ...init }) {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(new URL(path, this.url), { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async #end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}

function binary() {
  const path = process.env.COLLOQ_BIN ?? join(target(), "release/colloq");
  if (!existsSync(path)) throw new Error(`there is no binary at ${path}: run cargo xtask build, or name one with COLLOQ_BIN`);
  return path;
}

/** A port of the loopback address on which nothing listens. */
export async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
