/**
 * What the module's glue takes for `globalThis.crypto`, which Node 18 does not have: `scripts/bundle.mjs` puts it there.
 */
import { randomBytes } from "#random";

/** As much of the web's `crypto` as the glue asks for. */
export const moduleCrypto = {
  /** Fills an array with random bytes. */
  getRandomValues(into: Uint8Array): void {
    into.set(randomBytes(into.length));
  },
};
