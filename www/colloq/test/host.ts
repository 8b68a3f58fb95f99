/**
 * A real host for tests: the binary `colloq` on a port of its own, with a store that outlives a restart.
 *
 * It never stands in for a host: where there is no binary, the tests that need one are skipped aloud.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Client, createClient, type Session, type SessionView } from "colloq";

const TARGET = fileURLToPath(new URL("../../../../target/", import.meta.url));
/** The binary, where there is one. */
export const BINARY = process.env["COLLOQ_BIN"] ?? ["release/colloq", "debug/colloq"].map((path) => join(TARGET, path)).find(existsSync);

/** For `test(name, { skip })`: why there is no host, or false. */
export const skip: string | false = BINARY === undefined ? "there is no colloq binary: build it, or set COLLOQ_BIN" : false;

/** A host that runs. */
export class Host {
  readonly #folder: string;
  readonly #port: number;
  readonly #clients: Client[] = [];
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** A host on a free port, not started yet. */
  static async prepare(): Promise<Host> {
    return new Host(await mkdtemp(join(tmpdir(), "colloq-test-")), await freePort());
  }

  /** A host that listens. */
  static async start(): Promise<Host> {
    const host = await Host.prepare();
    await host.start();
    return host;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const store = `sqlite:${join(this.#folder, "colloq.db")}`;
    const child = spawn(BINARY!, ["serve", "--listen", `127.0.0.1:${this.#port}`, "--store", store], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the host ended with ${code}`)));
      createInterface(child.stdout!).on("line", (line) => line.startsWith("listening on ") && resolve());
    });
  }

  /** Ends the process, politely or not. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.stop("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A token, as a page gets it from a host in development mode. */
  async token(userId: string, role: "user" | "agent" | "operator" = "user", ttlSeconds?: number): Promise<string> {
    const response = await fetch(`${this.url}/v1/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId, role, ttlSeconds }),
    });
    if (!response.ok) throw new Error(`POST /v1/tokens: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { token: string }).token;
  }

  /** A client of somebody, closed with the host. */
  client(userId: string, role: "user" | "agent" | "operator" = "user"): Client {
    const client = createClient({ url: this.url, token: () => this.token(userId, role) });
    this.#clients.push(client);
    return client;
  }
}

/** Waits until a view is as wanted; a session that cannot be had is an error. */
export function until<D>(session: Session<D>, wanted: (view: SessionView<D>) => boolean): Promise<SessionView<D>> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const { view, error } = session;
      if (error) reject(error);
      if (!view || !wanted(view)) return false;
      resolve(view);
      return true;
    };
    if (look()) return;
    const unsubscribe = session.subscribe(() => void (look() && unsubscribe()));
  });
}

/** Waits until a client has a status. */
export function untilStatus(client: Client, wanted: Client["status"]): Promise<void> {
  return new Promise((resolve) => {
    if (client.status === wanted) return resolve();
    const off = client.on("status", (status) => {
      if (status !== wanted) return;
      off();
      resolve();
    });
  });
}

/** A port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
