/**
 * Mints UUIDv7 ids (RFC 9562) before the module is there to do it.
 *
 * The random part comes from the platform's CSPRNG, never from `Math.random`.
 */
import { randomBytes } from "#random";

/** A new id for the time `now` in milliseconds. */
export function newId(now: number): string {
  const bytes = randomBytes(16);
  let rest = now;
  for (let at = 5; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
