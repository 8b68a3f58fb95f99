/**
 * What was written of a message, as the lines of its stream; it can be sent again from wherever the host got to.
 *
 * Every piece of text names its offset in bytes, so a line that arrives twice changes nothing.
 */
import type { Message, Part } from "../types.js";
import { pieces, utf8Length, wellFormed, withoutHalf } from "../text.js";

const FIRST_PART = "0";

/** How a stream ends. */
export type Ending = { complete: { metadata?: object } | true } | { fail: { code: string; message: string } };

type Line = { part?: string; offset: number; text: string } | { setPart: Part } | Ending;

/** All lines of one message. */
export class Lines {
  readonly #lines: Line[] = [];
  readonly #bytes = new Map<string, number>();
  #half = "";
  #ended = false;

  /** The message began with this text. */
  constructor(content = "") {
    this.#bytes.set(FIRST_PART, utf8Length(content));
  }

  /** How many there are. */
  get length(): number {
    return this.#lines.length;
  }

  /** Whether the last one is there. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Adds text. Half a surrogate pair at the end waits for its other half. */
  write(text: string, part: string = FIRST_PART): void {
    if (part !== FIRST_PART) return this.#add(part, text);
    const [whole, half] = withoutHalf(this.#half + text);
    this.#half = half;
    this.#add(part, whole);
  }

  /** Adds or replaces a part. */
  setPart(part: Part): void {
    this.#bytes.set(part.id, utf8Length(part.text ?? ""));
    this.#lines.push({ setPart: part });
  }

  /** Adds the last line. */
  end(ending: Ending): void {
    this.#add(FIRST_PART, this.#half);
    this.#half = "";
    this.#lines.push(ending);
    this.#ended = true;
  }

  /** The text of a line. */
  at(index: number): string {
    return `${JSON.stringify(this.#lines[index])}\n`;
  }

  /** From which line on to send, when the host has this much of the message. */
  after(message: Pick<Message, "parts">): number {
    const known = new Map(message.parts.map(({ id, text }) => [id, utf8Length(text ?? "")]));
    const at = this.#lines.findIndex((line) => {
      if ("setPart" in line) return !known.has(line.setPart.id);
      if (!("text" in line)) return true;
      return line.offset + utf8Length(line.text) > (known.get(line.part ?? FIRST_PART) ?? 0);
    });
    return at < 0 ? this.#lines.length : at;
  }

  #add(part: string, text: string): void {
    for (const piece of pieces(wellFormed(text))) {
      const offset = this.#bytes.get(part) ?? 0;
      this.#bytes.set(part, offset + utf8Length(piece));
      this.#lines.push({ ...(part !== FIRST_PART && { part }), offset, text: piece });
    }
  }
}
