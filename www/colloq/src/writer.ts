/**
 * Writes one message as a stream: gathers text, counts offsets in UTF-8 bytes, and notices when it is stopped.
 *
 * It never sends half a surrogate pair, and never writes to a message after its signal aborted.
 */
import { ColloqError, quiet } from "./error.js";
import { pieces, utf8Length, wellFormed, withoutHalf } from "./text.js";
import type { Command, Message, NewMessage, Part, Role } from "./types.js";
import type { Upstream } from "./upstream.js";
import { messageOf } from "./view.js";

/** Text is gathered this long before it takes a seq; longer when the host is behind. */
const GATHER_MS = 20;
const GATHER_BEHIND_MS = 500;
const BEHIND_COMMANDS = 32;
/** A silent stream fails after a minute; an empty delta in this rhythm says that its producer lives. */
const RENEW_MS = 20_000;
const FIRST_PART = "0";

/** The producer's end of a message that streams. */
export class MessageWriter {
  readonly id: string;
  readonly #upstream: Upstream;
  readonly #abort = new AbortController();
  readonly #bytes = new Map<string, number>();
  readonly #gathered = new Map<string, string>();
  readonly #unsubscribe: () => void;
  readonly #renewal: ReturnType<typeof setInterval>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #finished: Promise<Message> | undefined;
  #last: Message | undefined;
  /** False when not even the beginning was taken: then no message of this writer is in the session. */
  #started = true;

  constructor(upstream: Upstream, start: NewMessage & { id: string; type: Role }) {
    this.id = start.id;
    this.#upstream = upstream;
    if (start.content !== undefined) this.#bytes.set(FIRST_PART, utf8Length(start.content));
    for (const part of start.parts ?? []) this.#bytes.set(part.id, utf8Length(part.text ?? ""));
    this.#unsubscribe = upstream.subscribe(() => this.#look());
    this.#renewal = setInterval(() => this.#renew(), RENEW_MS);
    this.#send({ kind: "appendMessage", message: { ...start, status: "streaming" } });
  }

  /** Aborted when the message no longer takes text: it was stopped, failed or taken over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Adds text to the first text part, or to the part named; after an abort it does nothing. */
  write(text: string, part: string = FIRST_PART): void {
    if (this.signal.aborted || this.#finished || text === "") return;
    this.#gathered.set(part, (this.#gathered.get(part) ?? "") + text);
    this.#timer ??= setTimeout(() => this.#flush(false), this.#upstream.pending > BEHIND_COMMANDS ? GATHER_BEHIND_MS : GATHER_MS);
  }

  /** Adds or replaces a part. */
  setPart(part: Part): void {
    if (this.signal.aborted || this.#finished) return;
    this.#flush(false);
    this.#bytes.set(part.id, utf8Length(part.text ?? ""));
    this.#send({ kind: "setPart", message: this.id, part });
  }

  /** Writes all that a source brings and completes; a source that throws fails the message, and the promise rejects with what it threw. */
  pipe(source: AsyncIterable<string> | ReadableStream<unknown>): Promise<Message> {
    return quiet(this.#pipe(source));
  }

  /** Ends the stream well. A message that was stopped meanwhile comes back as it is. */
  complete(metadata?: object): Promise<Message> {
    return this.#finish({ kind: "completeMessage", message: this.id, ...(metadata && { metadata: { ...metadata } }) });
  }

  /** Ends the stream with an error; the text so far stays. */
  fail(error: { code: string; message: string }): Promise<Message> {
    return this.#finish({ kind: "failMessage", message: this.id, error });
  }

  async #pipe(source: AsyncIterable<string> | ReadableStream<unknown>): Promise<Message> {
    const decoder = new TextDecoder();
    const chunks = Symbol.asyncIterator in source ? (source as AsyncIterable<unknown>)[Symbol.asyncIterator]() : readerOf(source);
    const stopped = new Promise<"stopped">((resolve) => this.signal.addEventListener("abort", () => resolve("stopped"), { once: true }));
    try {
      for (;;) {
        const next = this.signal.aborted ? "stopped" : await Promise.race([chunks.next(), stopped]);
        if (next === "stopped") {
          void chunks.return?.()?.then(undefined, () => {});
          break;
        }
        if (next.done) break;
        this.write(typeof next.value === "string" ? next.value : decoder.decode(bytesOf(next.value), { stream: true }));
      }
    } catch (error) {
      await this.fail({ code: "sourceFailed", message: error instanceof Error ? error.message : String(error) }).catch(() => {});
      throw error;
    }
    this.write(decoder.decode());
    return this.complete();
  }

  #finish(command: Command): Promise<Message> {
    this.#finished ??= quiet(this.#settle(command));
    return this.#finished;
  }

  async #settle(command: Command): Promise<Message> {
    this.#flush(true);
    clearInterval(this.#renewal);
    try {
      if (!this.signal.aborted) await this.#upstream.submit(command);
    } catch (error) {
      this.#refuse(ColloqError.from(error));
    } finally {
      this.#unsubscribe();
    }
    this.#remember();
    const message = this.#last;
    if (this.#started && message !== undefined && message.status !== "streaming") return { ...message, pending: false };
    throw this.signal.aborted ? this.signal.reason : new ColloqError("messageNotFound", "the message is gone from the session");
  }

  #flush(last: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.signal.aborted) return this.#gathered.clear();
    for (const [part, text] of [...this.#gathered]) {
      const [whole, half] = last ? [text, ""] : withoutHalf(text);
      if (half === "") this.#gathered.delete(part);
      else this.#gathered.set(part, half);
      for (const piece of pieces(wellFormed(whole))) this.#delta(part, piece);
    }
  }

  #delta(part: string, text: string): void {
    const offset = this.#bytes.get(part) ?? 0;
    this.#bytes.set(part, offset + utf8Length(text));
    this.#send({ kind: "appendDelta", message: this.id, ...(part !== FIRST_PART && { part }), offset, text });
  }

  #send(command: Command): void {
    this.#upstream.submit(command).catch((error: unknown) => {
      if (command.kind === "appendMessage") this.#started = false;
      this.#refuse(ColloqError.from(error));
    });
  }

  #renew(): void {
    if (this.#gathered.size === 0) this.#delta(FIRST_PART, "");
  }

  #remember(): void {
    this.#last = messageOf(this.#upstream.view, this.id) ?? this.#last;
  }

  #look(): void {
    this.#remember();
    const status = this.#last?.status;
    if (this.#finished || status === undefined || status === "streaming") return;
    this.#refuse(new ColloqError("messageStopped", `the message is ${status}`));
  }

  #refuse(error: ColloqError): void {
    if (this.signal.aborted || error.retryable) return;
    clearTimeout(this.#timer);
    clearInterval(this.#renewal);
    this.#gathered.clear();
    this.#abort.abort(error);
    if (!this.#finished) this.#unsubscribe();
  }
}

function readerOf(stream: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

function bytesOf(chunk: unknown): Uint8Array<ArrayBuffer> {
  if (chunk instanceof Uint8Array) return chunk as Uint8Array<ArrayBuffer>;
  throw new TypeError("a source brings strings or bytes");
}
