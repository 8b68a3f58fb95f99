/**
 * Mints UUIDv7 ids (RFC 9562) before the module is there to do it.
 *
 * The random part comes from the platform's CSPRNG, never from `Math.random`. Ids of one page grow: within a millisecond they are counted,
 * so that a session takes a new message without looking for its id among all others.
 */
import { randomBytes } from "#random";

const SIZE = 16;
const POOL = 128 * SIZE;
/** A clock that went back further than this is followed. */
const BACK_MS = 1_000;
/** The count has twelve bits, and begins in the lower half. */
const COUNT_MAX = 0xfff;
const COUNT_BEGIN = 0x7ff;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

let pool: Uint8Array = new Uint8Array(0);
let used = 0;
let last = 0;
let time = "";
let count = 0;

/** A new id for the time `now` in milliseconds. */
export function newId(now: number): string {
  if (used + SIZE > pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  const at = used;
  used += SIZE;
  tick(now, at);
  const counted = HEX[0x70 | (count >> 8)]! + HEX[count & 0xff]!;
  const variant = HEX[(pool[at + 8]! & 0x3f) | 0x80]! + HEX[pool[at + 9]!]!;
  let node = "";
  for (let nth = 10; nth < SIZE; nth++) node += HEX[pool[at + nth]!]!;
  return `${time}-${counted}-${variant}-${node}`;
}

/** The next place in time: a later millisecond, or one more in the same. */
function tick(now: number, at: number): void {
  const begins = now > last || now < last - BACK_MS;
  if (!begins && count < COUNT_MAX) {
    count += 1;
    return;
  }
  last = begins ? Math.floor(now) : last + 1;
  const digits = last.toString(16).padStart(12, "0");
  time = `${digits.slice(0, 8)}-${digits.slice(8)}`;
  count = (pool[at + 6]! * 256 + pool[at + 7]!) & COUNT_BEGIN;
}
