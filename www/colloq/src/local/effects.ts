/**
 * What a module answers: replies that may leave, and what its host is to do first.
 *
 * Entries, snapshots and summaries are carried as the texts that they are; nothing here looks inside.
 */
import { Reader } from "./bytes.js";

/** A place in a log; the chain is hex. */
export interface Head {
  version: number;
  chain: string;
}

/** An entry as it is kept and sent. */
export interface Entry {
  head: Head;
  text: string;
}

/** What a reply is. */
export const Kind = { answer: 0, load: 1, again: 2 } as const;

/** An answer, ready to send. */
export interface Reply {
  ticket: number;
  kind: number;
  status: number;
  version: number;
  /** JSON, or a frame; may be empty. */
  body: string;
}

/** The newest user message of a session that nobody answers. */
export interface Unanswered {
  message: string;
  atMs: number;
}

/** Entries to keep, and the replies that may leave once they are. */
export interface Append {
  session: string;
  expected: Head;
  entries: Entry[];
  replies: Reply[];
  user: string;
  summary: string;
  activeMs: number;
  unanswered: Unanswered | undefined;
  ended: string | undefined;
  turned: boolean;
  former: string | undefined;
  signed: boolean;
}

/** All that one call brought. */
export interface Effects {
  replies: Reply[];
  appends: Append[];
  snapshots: { session: string; head: Head; text: string }[];
  touches: { session: string; activeMs: number }[];
  erasures: { session: string; user: string }[];
  wakeAt: number | undefined;
  damaged: string | undefined;
}

/** Reads a response of the module. */
export function readEffects(bytes: Buffer): Effects {
  const reader = new Reader(bytes);
  const effects: Effects = { replies: [], appends: [], snapshots: [], touches: [], erasures: [], wakeAt: undefined, damaged: undefined };
  for (;;) {
    switch (reader.u8()) {
      case 0:
        effects.wakeAt = reader.optional(() => reader.u64());
        effects.damaged = reader.optional(() => reader.text());
        return effects;
      case 1:
        effects.replies.push(readReply(reader));
        break;
      case 2:
        effects.appends.push(readAppend(reader));
        break;
      case 3:
        effects.snapshots.push({ session: readSession(reader), head: readHead(reader), text: reader.text() });
        break;
      case 4:
        effects.touches.push({ session: readSession(reader), activeMs: reader.u64() });
        reader.optional(() => reader.u64());
        readUnanswered(reader);
        break;
      case 5:
        effects.erasures.push({ session: readSession(reader), user: reader.text() });
        break;
      case 6:
        readSession(reader);
        reader.list(() => readEntry(reader));
        break;
      case 7:
        readSession(reader);
        break;
      default:
        throw new Error("the module speaks another version of the envelope");
    }
  }
}

/** The app that a session is in stands before it; here is only one. */
function readSession(reader: Reader): string {
  reader.text();
  return reader.id();
}

function readHead(reader: Reader): Head {
  return { version: reader.u64(), chain: reader.hex(32) };
}

function readEntry(reader: Reader): Entry {
  return { head: readHead(reader), text: reader.text() };
}

function readReply(reader: Reader): Reply {
  return { ticket: reader.u64(), kind: reader.u8(), status: reader.u16(), version: reader.u64(), body: reader.text() };
}

function readUnanswered(reader: Reader): Unanswered | undefined {
  return reader.optional(() => ({ message: reader.id(), atMs: reader.u64() }));
}

function readAppend(reader: Reader): Append {
  const session = readSession(reader);
  const expected = readHead(reader);
  const entries = reader.list(() => readEntry(reader));
  const replies = reader.list(() => readReply(reader));
  const user = reader.text();
  const summary = reader.text();
  const activeMs = reader.u64();
  reader.optional(() => reader.u64());
  const unanswered = readUnanswered(reader);
  const ended = reader.optional(() => reader.text());
  const turned = reader.bool();
  const former = reader.optional(() => reader.text());
  const signed = reader.bool();
  return { session, expected, entries, replies, user, summary, activeMs, unanswered, ended, turned, former, signed };
}
