/**
 * Writes one message as a stream: gathers text, counts offsets in UTF-8 bytes, and notices when it is stopped.
 *
 * It never sends half a surrogate pair, and never writes to a message after its signal aborted.
 */
import { ColloqError, quiet } from "./error.js";
import { pipeInto } from "./source.js";
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
  /** Its name, also where names are made short. */
  static readonly name: string = "MessageWriter";
  readonly id: string;
  readonly #upstream: Upstream;
  readonly #abort = new AbortController();
  readonly #bytes = new Map<string, number>();
  /** What was sent of each part, for offsets that the application counts in its own units. */
  readonly #text = new Map<string, string>();
  readonly #gathered = new Map<string, string>();
  readonly #unsubscribe: () => void;
  readonly #renewal: ReturnType<typeof setInterval>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #finished: Promise<Message> | undefined;
  #end: () => void = () => {};
  readonly #ending = new Promise<void>((resolve) => (this.#end = resolve));
  #last: Message | undefined;
  /** False when not even the beginning was taken: then no message of this writer is in the session. */
  #started = true;
  readonly #begun: Promise<Message>;

  /** Begins the message; `replaces` is the one that it takes the place of. */
  constructor(upstream: Upstream, start: NewMessage & { id: string; type: Role }, replaces?: string) {
    this.id = start.id;
    this.#upstream = upstream;
    if (start.content !== undefined) this.#count(FIRST_PART, start.content);
    for (const part of start.parts ?? []) this.#count(part.id, part.text ?? "");
    this.#unsubscribe = upstream.subscribe(() => this.#look());
    this.#renewal = setInterval(() => this.#renew(), RENEW_MS);
    const message = { ...start, status: "streaming" } as const;
    const begin: Command =
      replaces === undefined ? { kind: "appendMessage", message } : { kind: "editMessage", message: replaces, replacement: message };
    this.#begun = quiet(this.#begin(begin));
  }

  /**
   * Settles when a store has the beginning of the message; rejects when it was refused, with `alreadyAnswering` where somebody else
   * answers. Wait for it before you ask a model that costs something.
   */
  get begun(): Promise<Message> {
    return this.#begun;
  }

  /** Aborted when the message no longer takes text: it was stopped, talked over, failed or taken over. */
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
    this.#bytes.delete(part.id);
    this.#text.delete(part.id);
    this.#count(part.id, part.text ?? "");
    this.#send({ kind: "setPart", message: this.id, part });
  }

  /**
   * Rewrites the text from an index on, as interim transcripts of speech do. The index counts as JavaScript counts, in the text that
   * was written so far; the package makes the bytes of it that hosts count in.
   */
  revise(from: number, text: string, part: string = FIRST_PART): void {
    if (this.signal.aborted || this.#finished) return;
    this.#flush(true);
    const kept = withoutHalf((this.#text.get(part) ?? "").slice(0, from))[0];
    const [first = "", ...rest] = pieces(wellFormed(text));
    this.#bytes.set(part, utf8Length(kept));
    this.#text.set(part, kept);
    const at = this.#count(part, first);
    this.#send({ kind: "reviseMessage", message: this.id, ...(part !== FIRST_PART && { part }), from: at, text: first });
    for (const piece of rest) this.#delta(part, piece);
  }

  /** Writes all that a source brings and completes; a source that throws fails the message, and the promise rejects with what it threw. */
  pipe(source: AsyncIterable<string> | ReadableStream<unknown>): Promise<Message> {
    return quiet(pipeInto(this, source));
  }

  /** Ends the stream well. A message that was stopped meanwhile comes back as it is. */
  complete(metadata?: object): Promise<Message> {
    return this.#finish({ kind: "completeMessage", message: this.id, ...(metadata && { metadata: { ...metadata } }) });
  }

  /** Ends the stream with an error; the text so far stays. */
  fail(error: { code: string; message: string }): Promise<Message> {
    return this.#finish({ kind: "failMessage", message: this.id, error });
  }

  /**
   * Barge-in: somebody talked over the message, and of its content only this much was heard. `heardOffset` is an index into the content
   * as JavaScript counts; it works on a message that is complete as well, for it may still be spoken.
   */
  interrupt(heard: { heardOffset?: number; playedMs?: number }): Promise<Message> {
    if (!this.#finished) return this.#finish(() => this.#interruption(heard));
    const over = async () => {
      await this.#finished!.catch(() => {});
      await this.#upstream.submit(this.#interruption(heard));
      const message = messageOf(this.#upstream.view, this.id);
      if (!message) throw gone();
      return { ...message, pending: false };
    };
    return quiet(over());
  }

  /** The message's end, however it comes; never rejects. */
  get over(): Promise<void> {
    if (this.#finished) return this.#finished.then(undefined, () => {}).then(() => {});
    const aborted = new Promise<void>((resolve) => this.signal.addEventListener("abort", () => resolve(), { once: true }));
    return this.signal.aborted ? Promise.resolve() : Promise.race([aborted, this.#ending.then(() => this.over)]);
  }

  #finish(command: Command | (() => Command)): Promise<Message> {
    this.#finished ??= quiet(this.#settle(command));
    this.#end();
    return this.#finished;
  }

  async #settle(command: Command | (() => Command)): Promise<Message> {
    this.#flush(true);
    clearInterval(this.#renewal);
    try {
      if (!this.signal.aborted) await this.#upstream.submit(typeof command === "function" ? command() : command);
    } catch (error) {
      this.#refuse(ColloqError.from(error));
    } finally {
      this.#unsubscribe();
    }
    this.#remember();
    const message = this.#last;
    if (this.#started && message !== undefined && message.status !== "streaming") return { ...message, pending: false };
    throw this.signal.aborted ? this.signal.reason : gone();
  }

  #interruption({ heardOffset, playedMs }: { heardOffset?: number; playedMs?: number }): Command {
    const content = messageOf(this.#upstream.view, this.id)?.content ?? "";
    return {
      kind: "interruptMessage",
      message: this.id,
      ...(heardOffset !== undefined && { heardOffset: utf8Length(withoutHalf(content.slice(0, heardOffset))[0]) }),
      ...(playedMs !== undefined && { playedMs: Math.round(playedMs) }),
    };
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

  /** Counts text onto a part; the answer is the offset that it begins at, in bytes. */
  #count(part: string, text: string): number {
    const offset = this.#bytes.get(part) ?? 0;
    this.#bytes.set(part, offset + utf8Length(text));
    this.#text.set(part, (this.#text.get(part) ?? "") + text);
    return offset;
  }

  #delta(part: string, text: string): void {
    const offset = this.#count(part, text);
    this.#send({ kind: "appendDelta", message: this.id, ...(part !== FIRST_PART && { part }), offset, text });
  }

  async #begin(command: Command): Promise<Message> {
    try {
      await this.#upstream.submit(command);
    } catch (error) {
      this.#started = false;
      this.#refuse(ColloqError.from(error));
      throw error;
    }
    this.#remember();
    if (!this.#last) throw gone();
    return this.#last;
  }

  #send(command: Command): void {
    this.#upstream.submit(command).catch((error: unknown) => this.#refuse(ColloqError.from(error)));
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

function gone(): ColloqError {
  return new ColloqError("messageNotFound", "the message is gone from the session");
}
