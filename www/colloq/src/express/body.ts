/**
 * The body of a request, whether somebody read it before or not.
 */
import type { IncomingMessage } from "node:http";

const BYTES_MAX = 1 << 20;

/** The body has more bytes than any command takes. */
export class TooLarge extends Error {}

/** All of it. Where a parser was there first, what it read is written again. */
export async function bodyOf(req: IncomingMessage & { body?: unknown }): Promise<Uint8Array> {
  if (req.readableEnded) return req.body === undefined ? Buffer.alloc(0) : written(req.body);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function written(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
