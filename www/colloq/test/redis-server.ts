/**
 * A real redis-server for tests, on a port of its own and without a file.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createClient } from "redis";
import { freePort } from "./host.js";

/** For `test(name, { skip })`: why there is none, or false. */
export const skipRedis: string | false = spawnSync("redis-server", ["--version"]).error ? "there is no redis-server on the PATH" : false;

/** The client of one that runs. */
function clientOf(port: number) {
  return createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: () => 50 } });
}

/** A server that runs, and a client of it. */
export class RedisServer {
  readonly client: ReturnType<typeof clientOf>;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, client: ReturnType<typeof clientOf>, port: number) {
    this.#child = child;
    this.client = client;
    this.port = port;
  }

  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const child = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], { stdio: "ignore" });
    const client = clientOf(port);
    client.on("error", () => {});
    await client.connect();
    return new RedisServer(child, client, port);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.client.destroy();
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}
