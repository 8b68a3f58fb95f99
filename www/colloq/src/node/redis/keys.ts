/**
 * How keys are named, and how rows of the indexes are written: as the Rust store for Redis does, so that both may serve one server.
 */

/** Deadlines and waiting messages are spread over so many keys. */
const BUCKETS = 16;

/** The names of one tenant's keys. */
export class Keys {
  readonly #prefix: string;
  readonly #app: string;

  constructor(prefix: string, app: string) {
    this.#prefix = prefix;
    this.#app = app;
  }

  get layout(): string {
    return `${this.#prefix}:layout`;
  }

  /** The session's own key, its log, its snapshot, its private values. */
  of(id: string): [session: string, log: string, snapshot: string, privates: string] {
    const session = `${this.#prefix}:{${plain(this.#app)}/${id.replaceAll("-", "")}}`;
    return [session, `${session}:log`, `${session}:snapshot`, `${session}:private`];
  }

  list(user: string): string {
    return `${this.#prefix}:list:{${plain(this.#app)}/${plain(user)}}`;
  }

  due(id: string): string {
    return `${this.#prefix}:due:{${bucket(id)}}`;
  }

  waiting(id: string): string {
    return `${this.#prefix}:waiting:{${plain(this.#app)}/${bucket(id)}}`;
  }

  listRow(id: string, generation: number): Buffer {
    return Buffer.concat([idBytes(id), long(generation)]);
  }

  dueRow(id: string, generation: number): Buffer {
    return Buffer.concat([idBytes(id), long(generation), Buffer.from(this.#app)]);
  }

  waitingRow(id: string, atMs: number, generation: number): Buffer {
    return Buffer.concat([long(atMs), idBytes(id), long(generation)]);
  }
}

/** The sixteen bytes of an id. */
export function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function bucket(id: string): number {
  return Number.parseInt(id.slice(-2), 16) % BUCKETS;
}

function long(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

/** No byte that is not plain stands in a name. */
function plain(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9\-_.]/.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return out;
}
