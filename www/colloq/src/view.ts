/**
 * The view of one session, kept current by the module's changes.
 *
 * A view is never changed in place: what did not change keeps its reference, so comparing references is enough.
 */
import type { Message, SessionView } from "./types.js";

/** What changed since the last call, as the module says it. */
export interface Changes {
  /** The fields of the session that changed, its messages apart. */
  head?: Partial<Omit<SessionView, "messages">>;
  /** The fields that it no longer has. */
  gone?: string[];
  /** `items` replace `remove` messages from index `start` on. */
  messages?: { start: number; remove: number; items: Message[] };
}

/** The view after `changes`. */
export function patchView(view: SessionView | undefined, { head, gone = [], messages }: Changes): SessionView {
  const next = { ...view, ...head } as SessionView & Record<string, unknown>;
  for (const key of gone) delete (next as Record<string, unknown>)[key];
  const before = view?.messages ?? [];
  return Object.freeze({ ...next, messages: messages ? patchMessages(before, messages) : before });
}

/** A message of a view by its id; the newest ones are looked at first. */
export function messageOf(view: SessionView | undefined, id: string): Message | undefined {
  const messages = view?.messages ?? [];
  for (let at = messages.length - 1; at >= 0; at--) if (messages[at]!.id === id) return messages[at];
  return undefined;
}

function patchMessages(list: readonly Message[], { start, remove, items }: Required<Changes>["messages"]): readonly Message[] {
  return Object.freeze([...list.slice(0, start), ...items.map((item) => Object.freeze(item)), ...list.slice(start + remove)]);
}
