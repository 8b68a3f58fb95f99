/**
 * Which pages may use the routes and links of an application: those of its own host, and those of exact origins on a list.
 *
 * Nothing is matched by prefix, suffix or case.
 */
import type { IncomingMessage } from "node:http";

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a page may open a link; who names no origin is no page, and may not. */
export function mayConnect(req: IncomingMessage, origins: readonly string[]): boolean {
  const { origin } = req.headers;
  return origin !== undefined && isOurs(origin, req.headers.host, origins);
}

/** Whether a request may have come from another site's page, by a form or a script, and would change something. */
export function isForeign(req: IncomingMessage, origins: readonly string[]): boolean {
  if (READS.has(req.method ?? "GET")) return false;
  const { origin, host } = req.headers;
  if (origin === undefined) return req.headers["sec-fetch-site"] === "cross-site";
  return !isOurs(origin, host, origins);
}

function isOurs(origin: string, host: string | undefined, origins: readonly string[]): boolean {
  if (origins.includes(origin)) return true;
  return host !== undefined && host !== "" && (origin === `http://${host}` || origin === `https://${host}`);
}
