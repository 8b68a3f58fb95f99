/**
 * The view of one session, kept current by the module's changes.
 *
 * A view is never changed in place: what did not change keeps its reference, so comparing references is enough.
 */
import type { Identity } from "./frames.js";
import type { Message, NewMessage, Role, SessionView } from "./types.js";

/** A message as an application brings it, with what it left out. */
export type Sent = NewMessage & { id: string; type: Role };

/** What changed since the last call, as the module says it. */
export interface Changes {
  /** The fields of the session that changed, its messages apart. */
  head?: Partial<Omit<SessionView, "messages">>;
  /** The fields that it no longer has. */
  gone?: string[];
  /** The `left` oldest messages leave; then `items` replace `remove` messages from index `start` on. */
  messages?: { left?: number; start: number; remove: number; items: Message[] };
}

/** The view after `changes`. */
export function patchView(view: SessionView | undefined, { head, gone = [], messages }: Changes): SessionView {
  const next = { ...view, ...head } as SessionView & Record<string, unknown>;
  for (const key of gone) delete (next as Record<string, unknown>)[key];
  const before = view?.messages ?? [];
  return Object.freeze({ ...next, messages: messages ? patchMessages(before, messages) : before });
}

/** So many of the newest messages are looked at one by one. */
const NEWEST = 32;
/** The messages of a view by their ids, once an older one was asked for. */
const indices = new WeakMap<readonly Message[], Map<string, Message>>();

/** A message of a view by its id; the newest ones are looked at first. */
export function messageOf(view: SessionView | undefined, id: string): Message | undefined {
  const messages = view?.messages ?? [];
  const rest = Math.max(0, messages.length - NEWEST);
  for (let at = messages.length - 1; at >= rest; at--) if (messages[at]!.id === id) return messages[at];
  if (rest === 0) return undefined;
  let index = indices.get(messages);
  if (!index) indices.set(messages, (index = new Map(messages.map((message) => [message.id, message]))));
  return index.get(id);
}

/** A message as it was sent: for one that was taken and has left the session before anybody could look at it. */
export function asSent(message: Sent, author: Identity, at: number): Message {
  const parts = message.parts ?? [{ id: "0", type: "text", text: message.content ?? "" }];
  const content = parts.map(({ type, text }) => (type === "text" ? (text ?? "") : "")).join("");
  return { ...message, parts, content, status: "complete", timestamp: new Date(at).toISOString(), author, pending: false };
}

function patchMessages(list: readonly Message[], { left = 0, start, remove, items }: Required<Changes>["messages"]): readonly Message[] {
  const after = left + start + remove;
  return Object.freeze([...list.slice(left, left + start), ...items.map((item) => Object.freeze(item)), ...list.slice(after)]);
}
