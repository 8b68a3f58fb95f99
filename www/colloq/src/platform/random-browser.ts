/**
 * Random bytes where the web's globals are.
 *
 * It stands alone, so that entries without WebAssembly load nothing else of the platform.
 */

/** Bytes from the platform's CSPRNG. */
export function randomBytes(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}
