/**
 * The view of one session, kept current by the module's changes.
 *
 * A view is never changed in place: what did not change keeps its reference, so comparing references is enough.
 */
import type { Message, SessionView } from "./types.js";

/** What changed since the last call, as the module says it. */
export interface Changes {
  /** All of the session but its messages, when any of it changed. */
  session?: Omit<SessionView, "messages"> | undefined;
  /** `items` replace `remove` messages from index `start` on. */
  messages: { start: number; remove: number; items: readonly Message[] };
}

/** The view after `changes`. */
export function patchView(view: SessionView | undefined, changes: Changes): SessionView | undefined {
  const head = changes.session ?? view;
  if (head === undefined) return undefined;
  const messages = patchMessages(view?.messages ?? [], changes.messages);
  if (changes.session === undefined && messages === view?.messages) return view;
  return Object.freeze({ ...head, messages });
}

/** A message of a view by its id; the newest ones are looked at first. */
export function messageOf(view: SessionView | undefined, id: string): Message | undefined {
  const messages = view?.messages ?? [];
  for (let at = messages.length - 1; at >= 0; at--) if (messages[at]!.id === id) return messages[at];
  return undefined;
}

function patchMessages(list: readonly Message[], { start, remove, items }: Changes["messages"]): readonly Message[] {
  if (remove === 0 && items.length === 0) return list;
  return Object.freeze([...list.slice(0, start), ...items.map((item) => Object.freeze(item)), ...list.slice(start + remove)]);
}
