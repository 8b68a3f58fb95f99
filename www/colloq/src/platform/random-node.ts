/**
 * Random bytes in Node 18 and later.
 *
 * It stands alone, so that entries without WebAssembly load nothing else of the platform.
 */
import { webcrypto } from "node:crypto";

/** Bytes from the platform's CSPRNG. */
export function randomBytes(size: number): Uint8Array {
  return webcrypto.getRandomValues(new Uint8Array(size));
}
