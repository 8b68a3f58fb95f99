/**
 * A session as it is shown, kept current by what changed in it.
 *
 * Nothing of it is ever changed in place: what did not change keeps its reference, and all of it is frozen.
 */
import type { Message } from "../types.js";
import type { Changes } from "../view.js";
import type { ConversationMessage, ConversationSession } from "./types.js";

/** The session after `changes`. */
export function patched(
  session: ConversationSession | undefined,
  { head, gone = [], messages }: Changes,
  activeAt: number,
): ConversationSession {
  const next: Record<string, unknown> = { ...session, ...head };
  for (const key of gone) delete next[key];
  for (const key in head) if (key !== "createdAt") freezeDeep((head as Record<string, unknown>)[key]);
  if (head?.createdAt !== undefined) next["createdAt"] = new Date(head.createdAt);
  next["lastActivity"] = new Date(activeAt);
  next["messages"] = messages ? spliced(session?.messages ?? [], messages) : (session?.messages ?? Object.freeze([]));
  return Object.freeze(next) as unknown as ConversationSession;
}

/** The same session, active at another time. */
export function activeAt(session: ConversationSession, at: number): ConversationSession {
  return Object.freeze({ ...session, lastActivity: new Date(at) });
}

function spliced(
  list: readonly ConversationMessage[],
  { left = 0, start, remove, items }: Required<Changes>["messages"],
): readonly ConversationMessage[] {
  const next = list.slice(left);
  const fresh: ConversationMessage[] = [];
  for (const item of items) fresh.push(frozenMessage(item, fresh.at(-1) ?? list.at(-1), fresh.at(-2) ?? list.at(-2)));
  next.splice(start, remove, ...fresh);
  return Object.freeze(next);
}

/**
 * A message with what is worth its room: parts where they say more than the content, `pending` where it is. Of two who talk each is
 * there once.
 */
function frozenMessage(message: Message, last?: ConversationMessage, other?: ConversationMessage): ConversationMessage {
  const { id, type, content, status, author, parts } = message;
  const isTheirs = (known: Message["author"] | undefined) =>
    known?.id === author.id && known.role === author.role && known.name === author.name;
  const known = [last?.author, other?.author].find(isTheirs);
  const isText = parts.length === 1 && parts[0]!.text === content && Object.keys(parts[0]!).length === 3;
  // Every one has these, in this order: engines keep such objects small.
  const timestamp = new Date(message.timestamp);
  const shown: Record<string, unknown> = { id, type, content, timestamp, status, author: known ?? author };
  for (const key in message) {
    if (key in shown || (key === "parts" && isText) || (key === "pending" && !message.pending)) continue;
    shown[key] = message[key as keyof Message];
  }
  return freezeDeep(shown) as unknown as ConversationMessage;
}

/** Freezes a value out of JSON, and Dates. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const key in value) freezeDeep(value[key]);
  return Object.freeze(value);
}
