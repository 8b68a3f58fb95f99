/**
 * What a host asks of its module, as bytes.
 *
 * Bodies pass as they came; which of them is well-formed, the module says.
 */
import { Writer } from "./bytes.js";
import type { Entry, Head } from "./effects.js";

/** The version of the envelope that this file writes. */
export const ABI_VERSION = 7;
/** The one app of a process. */
const APP = "default";

const ROLES = { user: 0, agent: 1, operator: 2 } as const;

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether something can be the id of a session. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

/** Who acts, as the application authenticated them. */
export interface Actor {
  role: keyof typeof ROLES;
  id: string;
  name?: string;
  /** Nobody vouches for them. */
  anonymous?: boolean;
}

const OPS = {
  create: 0,
  update: 2,
  end: 3,
  erase: 4,
  appendMessage: 5,
  readMessage: 7,
  appendDelta: 8,
  complete: 9,
  stop: 10,
  interrupt: 11,
  revise: 12,
  takeOver: 13,
  patchMessage: 14,
  removeMessage: 15,
  rewind: 16,
  compact: 17,
  signIn: 18,
  signOut: 19,
  fork: 20,
  restore: 21,
  readPrivate: 23,
  fail: 27,
  streamLines: 28,
  setProject: 29,
  recordIssue: 30,
  removeIssue: 31,
  setPreferences: 32,
  commands: 33,
  submit: 34,
} as const;

/** What somebody asks for: an operation by its name (and what it names), or a read with its own fields. */
export type Op =
  | keyof typeof OPS
  | { kind: keyof typeof OPS; of: string }
  | { kind: "read"; messages?: number | undefined }
  | { kind: "listMessages"; before?: string | undefined; limit: number }
  | { kind: "presence"; link: number }
  | { kind: "subscribe"; since?: Head | undefined };

/** One call. */
export interface Call {
  ticket: number;
  now: number;
  session: string;
  actor: Actor;
  entropy: Uint8Array;
  absent: boolean;
  condition?: number | undefined;
  key?: string | undefined;
  op: Op;
  body: string | Uint8Array;
}

/** What a log holds of a session. */
export interface Load {
  snapshot: Entry | undefined;
  entries: Entry[];
  head: Head;
  touchedMs: number;
}

const writer = new Writer();
const NO_ENTROPY = new Uint8Array(16);
export { NO_ENTROPY };

/** The first request of an instance. */
export function open(seed: Uint8Array, sessionsMax: number, memoryBytesMax: number, limits: string): Buffer {
  return writer.raw(seed.subarray(0, 8)).u32(sessionsMax).u64(memoryBytesMax).text(limits).u32(0).take();
}

/** Something that somebody asks for. */
export function call(call: Call): Buffer {
  const { actor } = call;
  writer.u8(0).u64(call.ticket).u64(call.now).text(APP).id(call.session);
  writer.u8(ROLES[actor.role]).text(actor.id).optional(actor.name, (name) => writer.text(name));
  // A token's generation is the host's to check; here the application vouches for each request.
  writer.bool(actor.anonymous === true).bool(false);
  writer.raw(call.entropy).bool(call.absent);
  writer.optional(call.condition, (version) => writer.u64(version)).optional(call.key, (key) => writer.text(key));
  writeOp(call.op);
  if (typeof call.body === "string") writer.text(call.body);
  else writer.bytes(call.body);
  return writer.take();
}

/** What the log holds of a session that a reply asked for. */
export function load(session: string, { snapshot, entries, head, touchedMs }: Load): Buffer {
  writer.u8(1).text(APP).id(session);
  writer.optional(snapshot, (kept) => writeHead(kept.head).text(kept.text));
  writer.u32(entries.length);
  for (const { text } of entries) writer.text(text);
  return writeHead(head).u64(touchedMs).take();
}

/** The append in flight is kept. */
export function appended(session: string): Buffer {
  return writer.u8(2).text(APP).id(session).take();
}

/** The session is to be forgotten; what is pending is answered with a code. */
export function dropped(session: string, code: string): Buffer {
  return writer.u8(4).text(APP).id(session).text(code).take();
}

/** Deal with what is due. */
export function tick(now: number, limit: number): Buffer {
  return writer.u8(5).u64(now).u32(limit).take();
}

/** A link is gone; or, without one, who is present now. */
export function unlinked(now: number, session: string, link: number): Buffer {
  return writer.u8(9).u64(now).text(APP).id(session).u64(link).take();
}

function writeHead({ version, chain }: Head): Writer {
  return writer.u64(version).hex(chain);
}

function writeOp(op: Op): void {
  if (typeof op === "string") return void writer.u8(OPS[op]);
  switch (op.kind) {
    case "read":
      return void writer.u8(1).optional(op.messages, (count) => writer.u32(count));
    case "listMessages":
      return void writer.u8(6).optional(op.before, (id) => writer.text(id)).u32(op.limit);
    case "presence":
      return void writer.u8(26).u64(op.link);
    case "subscribe":
      return void writer.u8(35).optional(op.since, writeHead);
    default:
      writer.u8(OPS[op.kind]).text(op.of);
  }
}
