/**
 * The bytes of the envelope between a module and its host: nothing is aligned, padded or named; lengths stand in front.
 *
 * Nothing here knows what the values mean. Chains are hex and ids text on this side.
 */
import * as buffer from "node:buffer";

/** Node 18.14 and earlier do not have it. */
const isAscii = buffer.isAscii ?? (() => false);
const WORD = 2 ** 32;
/** What stands for a version that no log comes to. */
export const NO_VERSION = 2 ** 53;

/** Writes values one behind the other. */
export class Writer {
  #bytes = Buffer.allocUnsafe(1024);
  #at = 0;

  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#at++] = value;
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  u32(value: number): this {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
    return this;
  }

  /** At most 2^53; beyond it, the highest. */
  u64(value: number): this {
    if (value >= NO_VERSION) return this.u32(WORD - 1).u32(WORD - 1);
    return this.u32(value % WORD).u32(Math.floor(value / WORD));
  }

  /** So many bytes as they are, out of hex. */
  hex(digits: string): this {
    this.#room(digits.length / 2);
    this.#at += this.#bytes.write(digits, this.#at, "hex");
    return this;
  }

  id(text: string): this {
    return this.hex(text.replaceAll("-", ""));
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  text(value: string): this {
    const length = Buffer.byteLength(value);
    this.u32(length).#room(length);
    this.#at += this.#bytes.write(value, this.#at);
    return this;
  }

  optional<T>(value: T | undefined, write: (value: T) => void): this {
    this.bool(value !== undefined);
    if (value !== undefined) write(value);
    return this;
  }

  /** What was written; it holds until the next value. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#at = 0;
    return taken;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Reads values one behind the other. What it gives is copied, so that the memory may be used again. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  bool(): boolean {
    return this.u8() === 1;
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  u64(): number {
    const low = this.u32();
    return low + this.u32() * WORD;
  }

  hex(bytes: number): string {
    const from = this.#skip(bytes);
    return this.#bytes.toString("hex", from, from + bytes);
  }

  id(): string {
    const digits = this.hex(16);
    return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
  }

  /** A text. Most are ASCII, which is made a string in half the time. */
  text(): string {
    const length = this.u32();
    const from = this.#skip(length);
    const bytes = this.#bytes.subarray(from, from + length);
    return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
  }

  optional<T>(read: () => T): T | undefined {
    return this.bool() ? read() : undefined;
  }

  list<T>(read: () => T): T[] {
    const count = this.u32();
    const items: T[] = [];
    for (let nth = 0; nth < count; nth++) items.push(read());
    return items;
  }

  #skip(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw new Error("the module's answer is cut short");
    return from;
  }
}
