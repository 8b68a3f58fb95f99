/**
 * Who makes a request: the user whom the application names, or a guest by a cookie.
 *
 * A guest's id that this application did not give is never taken: the cookie carries its signature. Signing in gives what the guest said
 * to the user and takes the cookie away.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ColloqError } from "../error.js";
import type { Actor } from "../local/request.js";
import { Recent } from "./recent.js";

const COOKIE = "colloq";
const GUEST_BYTES = 16;
const MAX_AGE_S = 400 * 24 * 60 * 60;
const COOKIE_BYTES_MAX = 4096;
const REMEMBERED = 10_000;
/** The ids of guests, and of those that sessions of express-session belong to. */
const RESERVED = /^(?:guest-|express-session:)/;

/** A request as Express has it, and as it is before an upgrade. */
export type Asking = IncomingMessage & Express.Request;

/** What `authenticate` says of a request: a user's id, or more of them; null for nobody. */
export type Named = string | { userId: string; role?: Actor["role"]; name?: string } | null | undefined;

/** The cookie of guests. */
export interface GuestCookie {
  /** Whether it is for HTTPS alone; as the request came without it. Behind a proxy that ends TLS say true, or set `trust proxy`. */
  secure?: boolean;
  /** How long a browser keeps it; 400 days without it. */
  maxAgeMs?: number;
}

/** How visitors are told apart. */
export interface VisitorOptions {
  /** The user of a request. Without it, and where it gives null, the visitor is a guest. */
  authenticate?: ((req: Asking) => Named | Promise<Named>) | undefined;
  /** What signs the cookies of guests; the first of several signs, all are taken. Without it guests are forgotten with the process. */
  secret?: string | readonly string[] | undefined;
  /** False to have no guests: who is not a user is refused with `unauthenticated`. */
  guests?: false | GuestCookie | undefined;
}

/** Somebody, and the guest that they were until now. */
export interface Visitor {
  actor: Actor;
  /** The guest whom the user has just been. */
  was?: Actor;
  /** A `Set-Cookie` that goes with the answer. */
  cookie?: string;
}

/** Tells visitors apart. */
export class Visitors {
  readonly #authenticate: VisitorOptions["authenticate"];
  readonly #secrets: readonly string[];
  readonly #guests: GuestCookie | undefined;
  /** Guests by their cookies, as they were found to be ours. */
  readonly #known = new Recent<Actor>(REMEMBERED);

  constructor({ authenticate, secret, guests }: VisitorOptions) {
    this.#authenticate = authenticate;
    const secrets = typeof secret === "string" ? [secret] : (secret ?? []);
    if (secrets.some((one) => one === "")) throw new TypeError("colloq: the secret is empty");
    this.#secrets = secrets.length > 0 ? secrets : [randomBytes(32).toString("base64url")];
    this.#guests = guests === false ? undefined : (guests ?? {});
  }

  /** Who makes a request; undefined for nobody. */
  async of(req: Asking): Promise<Visitor | undefined> {
    const named = this.#authenticate && (await this.#authenticate(req));
    const guest = this.#guests && this.#guestOf(req);
    if (named === null || named === undefined || named === "") return this.#guests && (guest ? { actor: guest } : this.#newGuest(req));
    const { userId, role = "user", name } = typeof named === "string" ? { userId: named } : named;
    // Names that people give themselves may be anything; what is not theirs by such a name is not theirs.
    if (RESERVED.test(userId)) throw new ColloqError("forbidden", "a user's id does not begin like a guest's or a store's", { status: 403 });
    const actor: Actor = { role, id: userId, ...(name !== undefined && { name }) };
    return guest ? { actor, was: guest, cookie: this.#cookie(req, "", 0) } : { actor };
  }

  #newGuest(req: Asking): Visitor {
    const id = `guest-${randomBytes(GUEST_BYTES).toString("base64url")}`;
    const maxAgeMs = this.#guests!.maxAgeMs ?? MAX_AGE_S * 1000;
    return { actor: guestActor(id), cookie: this.#cookie(req, `${id}.${sign(id, this.#secrets[0]!)}`, Math.floor(maxAgeMs / 1000)) };
  }

  /** The guest of the request's cookie, if it was given here. */
  #guestOf(req: Asking): Actor | undefined {
    const value = cookieOf(req.headers.cookie, this.#name(req));
    const dot = value?.lastIndexOf(".") ?? -1;
    if (value === undefined || dot < 0) return undefined;
    const [id, signature] = [value.slice(0, dot), value.slice(dot + 1)];
    const known = this.#known.get(value);
    if (known) return known;
    if (!this.#secrets.some((secret) => isSame(signature, sign(id, secret)))) return undefined;
    const guest = guestActor(id);
    this.#known.set(value, guest);
    return guest;
  }

  /** A cookie with this prefix is of this host alone, whatever a neighbour sets. */
  #name(req: Asking): string {
    return this.#isSecure(req) ? `__Host-${COOKIE}` : COOKIE;
  }

  #cookie(req: Asking, value: string, maxAge: number): string {
    const secure = this.#isSecure(req) ? "; Secure" : "";
    return `${this.#name(req)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
  }

  #isSecure(req: Asking & { secure?: boolean; socket?: { encrypted?: boolean } }): boolean {
    return this.#guests?.secure ?? req.secure ?? req.socket?.encrypted ?? false;
  }
}

/** Adds a cookie to those that an answer sets. */
export function setCookie(res: ServerResponse, cookie: string | undefined): void {
  if (cookie !== undefined && !res.headersSent) res.appendHeader ? res.appendHeader("Set-Cookie", cookie) : appendCookie(res, cookie);
}

/** Node 18.2 and earlier cannot append. */
function appendCookie(res: ServerResponse, cookie: string): void {
  const before = res.getHeader("Set-Cookie") ?? [];
  res.setHeader("Set-Cookie", [...(Array.isArray(before) ? before : [String(before)]), cookie]);
}

function guestActor(id: string): Actor {
  return { role: "user", id, anonymous: true };
}

function sign(id: string, secret: string): string {
  return createHmac("sha256", secret).update(`colloq guest ${id}`).digest("base64url");
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(";")) {
    const at = pair.indexOf("=");
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    return value.length <= COOKIE_BYTES_MAX ? value : undefined;
  }
  return undefined;
}
