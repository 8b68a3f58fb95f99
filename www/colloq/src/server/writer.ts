/**
 * Writes one message as a stream by HTTP: one request for all of it, and another from where the first one got to when that broke off.
 *
 * It never writes to a message after its signal aborted.
 */
import { ColloqError, quiet } from "../error.js";
import type { Requests } from "../http.js";
import { pipeInto } from "../source.js";
import type { Message, Part } from "../types.js";
import { type Ending, Lines } from "./lines.js";
import { persist } from "./retry.js";

/** A message as HTTP gives it. */
export type Sent = Omit<Message, "pending">;

/** A silent stream fails after a minute; an empty line of text in this rhythm says that its producer lives. */
const RENEW_MS = 20_000;

/** The producer's end of a message that streams. */
export class ServerWriter {
  /** Its name, also where names are made short. */
  static readonly name: string = "ServerWriter";
  /** The message's id. */
  readonly id: string;
  readonly #http: Requests;
  readonly #path: string;
  readonly #tries: number;
  readonly #lines: Lines;
  readonly #abort = new AbortController();
  readonly #over: Promise<Sent>;
  #wake: () => void = () => {};

  constructor(http: Requests, session: string, begun: Promise<Sent>, { id, content = "" }: { id: string; content?: string }, tries: number) {
    this.id = id;
    this.#http = http;
    this.#path = `v1/sessions/${session}/messages/${id}`;
    this.#tries = tries;
    this.#lines = new Lines(content);
    this.#over = quiet(this.#run(begun));
  }

  /** Aborted when the message no longer takes text. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Adds text to the first text part, or to the part named. */
  write(text: string, part?: string): void {
    if (this.#closed || text === "") return;
    this.#lines.write(text, part);
    this.#wake();
  }

  /** Adds or replaces a part. */
  setPart(part: Part): void {
    if (this.#closed) return;
    this.#lines.setPart(part);
    this.#wake();
  }

  /** Writes all that a source brings and completes; a source that throws fails the message, and the promise rejects with what it threw. */
  pipe(source: AsyncIterable<string> | ReadableStream<unknown>): Promise<Sent> {
    return quiet(pipeInto(this, source));
  }

  /** Ends the stream well. A message that was stopped meanwhile comes back as it is. */
  complete(metadata?: object): Promise<Sent> {
    return this.#end({ complete: metadata === undefined ? true : { metadata } });
  }

  /** Ends the stream with an error; the text so far stays. */
  fail(error: { code: string; message: string }): Promise<Sent> {
    return this.#end({ fail: error });
  }

  get #closed(): boolean {
    return this.signal.aborted || this.#lines.ended;
  }

  #end(ending: Ending): Promise<Sent> {
    if (!this.#closed) this.#lines.end(ending);
    this.#wake();
    return this.#over;
  }

  async #run(begun: Promise<Sent>): Promise<Sent> {
    try {
      await begun;
      let from = 0;
      return await persist(
        async () => {
          const message = from > 0 ? await this.#http.json<Sent>("GET", this.#path) : undefined;
          if (message && message.status !== "streaming") return message;
          if (message) from = this.#lines.after(message);
          const start = from;
          from = Math.max(from, 1);
          return this.#send(start);
        },
        { tries: this.#tries, signal: this.signal },
      );
    } catch (thrown) {
      const error = ColloqError.from(thrown);
      this.#abort.abort(error);
      if (error.code !== "messageStopped") throw error;
      return await this.#http.json<Sent>("GET", this.#path);
    }
  }

  async #send(from: number): Promise<Sent> {
    const headers = { "content-type": "application/x-ndjson" };
    const { stream, close } = this.#body(from);
    try {
      return await this.#http.json<Sent>("POST", `${this.#path}/stream`, { body: stream, headers });
    } finally {
      close();
    }
  }

  /** The lines as a body, as they are written. */
  #body(from: number): { stream: ReadableStream<Uint8Array>; close: () => void } {
    const encoder = new TextEncoder();
    let next = from;
    let open = true;
    let renewal: ReturnType<typeof setInterval> | undefined;
    const close = () => {
      open = false;
      clearInterval(renewal);
      this.#wake();
    };
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        renewal = setInterval(() => open && controller.enqueue(encoder.encode('{"text":""}\n')), RENEW_MS);
      },
      pull: async (controller) => {
        while (open && next >= this.#lines.length && !this.#lines.ended) await new Promise<void>((resolve) => (this.#wake = resolve));
        if (!open) return;
        while (next < this.#lines.length) controller.enqueue(encoder.encode(this.#lines.at(next++)));
        if (!this.#lines.ended) return;
        close();
        controller.close();
      },
      cancel: close,
    });
    return { stream, close };
  }
}
