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
  if (head?.createdAt !== undefined) next["createdAt"] = Object.freeze(new Date(head.createdAt));
  next["lastActivity"] = Object.freeze(new Date(activeAt));
  next["messages"] = messages ? spliced(session?.messages ?? [], messages) : (session?.messages ?? Object.freeze([]));
  return Object.freeze(next) as unknown as ConversationSession;
}

/** The same session, active at another time. */
export function activeAt(session: ConversationSession, at: number): ConversationSession {
  return Object.freeze({ ...session, lastActivity: Object.freeze(new Date(at)) });
}

function spliced(
  list: readonly ConversationMessage[],
  { left = 0, start, remove, items }: Required<Changes>["messages"],
): readonly ConversationMessage[] {
  const next = list.slice(left);
  next.splice(start, remove, ...items.map((item, at) => frozenMessage(item, (at > 0 ? items[at - 1] : list.at(-1))?.author)));
  return Object.freeze(next);
}

/** What messages have in common is there once: a text that is its only part, and who wrote the one before. */
function frozenMessage(message: Message, known: Message["author"] | undefined): ConversationMessage {
  const { parts, content, author } = message;
  if (parts.length === 1 && parts[0]!.text === content) (parts[0] as { text: string }).text = content;
  const isSame = known?.id === author.id && known.role === author.role && known.name === author.name;
  const shown = message as unknown as Record<string, unknown>;
  shown["author"] = isSame ? known : author;
  shown["timestamp"] = new Date(message.timestamp);
  return freezeDeep(shown) as unknown as ConversationMessage;
}

/** Freezes a value out of JSON, and Dates. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const key in value) freezeDeep(value[key]);
  return Object.freeze(value);
}
