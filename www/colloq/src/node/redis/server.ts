/**
 * A Redis server through the npm client `redis`: commands and scripts with bytes in and out.
 */
import { createHash } from "node:crypto";

/** What is used of a client of the package `redis`, 4 or later: one server, not a cluster. */
export interface RedisClient {
  /** Sends a command as it is. */
  sendCommand(args: (string | Buffer)[], options?: object): Promise<unknown>;
}

/** What a server answers. */
export type Value = Buffer | number | null | Value[];

/** Bytes come as bytes: as version 4 of the client is told, and as later ones are (by the type's byte in the protocol). */
const AS_BYTES = { returnBuffers: true, typeMapping: { 36: Buffer } };

/** A script, and the SHA-1 that names it. */
export class Script {
  readonly code: string;
  readonly sha: string;

  constructor(code: string) {
    this.code = code;
    this.sha = createHash("sha1").update(code).digest("hex");
  }
}

/** See above. */
export class Server {
  readonly #client: RedisClient;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  /** A command. */
  async send(...args: (string | Buffer)[]): Promise<Reply> {
    const value = (await this.#client.sendCommand(args, AS_BYTES)) as Value;
    return new Reply(Array.isArray(value) ? value : [value]);
  }

  /** A script, which the server may still have to be given. */
  async run({ sha, code }: Script, keys: string[], args: (string | Buffer)[]): Promise<Reply> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.send("EVALSHA", sha, ...rest);
    } catch (error) {
      if (!String((error as Error).message).startsWith("NOSCRIPT")) throw error;
      return await this.send("EVAL", code, ...rest);
    }
  }
}

/** An answer, read from its front. */
export class Reply {
  readonly #values: Value[];
  #at = 0;

  constructor(values: Value[]) {
    this.#values = values;
  }

  bytes(): Buffer | undefined {
    const value = this.#next();
    if (typeof value === "number") return Buffer.from(String(value));
    if (typeof value === "string") return Buffer.from(value);
    return Buffer.isBuffer(value) ? value : undefined;
  }

  text(): string | undefined {
    return this.bytes()?.toString();
  }

  number(): number | undefined {
    const text = this.text();
    return text ? Number(text) : undefined;
  }

  list(): Value[] {
    const value = this.#next();
    if (!Array.isArray(value)) throw new Error("Redis answered what no script of colloq gives: a list is missing");
    return value;
  }

  #next(): Value | undefined {
    return this.#values[this.#at++];
  }
}
