/**
 * Random bytes for writes: drawn from the system many at a time, given out once.
 */
import { randomBytes } from "#random";

const SIZE = 16;
const POOL = 256 * SIZE;

let pool: Uint8Array = new Uint8Array(0);
let used = 0;

/** Sixteen bytes that nobody had before. They are to be used before more are asked for. */
export function entropy(): Uint8Array {
  if (used === pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  used += SIZE;
  return pool.subarray(used - SIZE, used);
}
