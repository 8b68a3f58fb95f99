/**
 * The hooks: each reads an external store, so that no two components of one page ever show two states of it.
 *
 * None keeps state of a conversation; a hook that is rendered for nothing has opened nothing.
 */
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Session } from "../session.js";
import type { Message, Presence, PresenceState, SessionSummary, SessionView, Status } from "../types.js";
import { ListHandle, NOTHING, type Opened, SessionHandle } from "./handle.js";
import { useClient } from "./provider.js";

const NONE: readonly Message[] = Object.freeze([]);
const NOBODY: readonly Presence[] = Object.freeze([]);
const LIST_LIMIT = 50;
const unheard = () => () => {};

/**
 * Opens a session for as long as the component is there. `initial` is what to show until it is known: with it a server renders the
 * session, and the page goes on from there.
 */
export function useSession<D = unknown>(id: string | null, options: { initial?: SessionView<D> | undefined } = {}): Opened<D> {
  const client = useClient();
  const { initial } = options;
  // What it was at first stays: a page that took over does not go back to what a server rendered.
  const handle = useMemo(() => (id === null ? null : new SessionHandle<D>(client, id, initial)), [client, id]);
  return useSyncExternalStore<Opened<D>>(handle?.subscribe ?? unheard, handle?.snapshot ?? (() => NOTHING), handle?.serverSnapshot ?? (() => NOTHING));
}

/** A part of a session's view; the component renders again only when that part is another (lists and objects are compared one level deep). */
export function useSelector<D, T>(session: Session<D>, pick: (view: SessionView<D> | undefined) => T): T {
  const shown = useRef<{ value: T } | undefined>(undefined);
  const get = useMemo(() => {
    let seen: { view: SessionView<D> | undefined; value: T } | undefined;
    return () => {
      const { view } = session;
      if (seen && seen.view === view) return seen.value;
      const next = pick(view);
      const before = seen ?? shown.current;
      seen = { view, value: before && isAlike(before.value, next) ? before.value : next };
      return seen.value;
    };
  }, [session, pick]);
  const value = useSyncExternalStore(session.subscribe, get, get);
  useEffect(() => {
    shown.current = { value };
  }, [value]);
  return value;
}

/** The view of a session, new with every change. */
export function useView<D>(session: Session<D>): SessionView<D> | undefined {
  const get = () => session.view;
  return useSyncExternalStore(session.subscribe, get, get);
}

/** What `useMessages` gives. */
export interface Messages {
  readonly messages: readonly Message[];
  /** The newest one that streams. */
  readonly streaming?: Message;
  /** Shows more of what was said before; a host that cannot be asked now is asked the next time. */
  loadEarlier(): void;
}

/** A session's messages. */
export function useMessages(session: Session): Messages {
  const messages = useSelector(session, messagesOf);
  return useMemo(() => {
    const streaming = messages.filter(({ status }) => status === "streaming").at(-1);
    return { messages, ...(streaming && { streaming }), loadEarlier: () => void session.loadEarlier() };
  }, [session, messages]);
}

/** The sessions as `useSessions` has them. */
export interface Listing {
  /** The newest of them. */
  items: readonly SessionSummary[];
  /** Whether the first of them are on their way. */
  loading: boolean;
  /** Shows more, where there are any. */
  more?: () => void;
}

/** The user's sessions, newest first, kept current; `more` is there when the list may go on. */
export function useSessions(options: { limit?: number } = {}): Listing {
  const client = useClient();
  const { limit = LIST_LIMIT } = options;
  const [pages, setPages] = useState(1);
  const before = useRef<ListHandle | undefined>(undefined);
  const handle = useMemo(() => new ListHandle(client, limit * pages, before.current?.snapshot()), [client, limit, pages]);
  useEffect(() => {
    before.current = handle;
  }, [handle]);
  const { items, loading } = useSyncExternalStore(handle.subscribe, handle.snapshot, handle.serverSnapshot);
  const more = useCallback(() => setPages((count) => count + 1), []);
  return { items, loading, ...(items.length >= limit * pages && { more }) };
}

/** How the client stands with its host, and how many commands no host has settled. */
export function useConnection(): { status: Status; pending: number } {
  const client = useClient();
  const status = useSyncExternalStore(
    useCallback((fn: () => void) => client.on("status", fn), [client]),
    () => client.status,
    () => "idle" as const,
  );
  const pending = useSyncExternalStore(
    useCallback((fn: () => void) => client.on("pending", fn), [client]),
    () => client.pending,
    () => 0,
  );
  return useMemo(() => ({ status, pending }), [status, pending]);
}

/** Who else is in a session, and the way to say what one does oneself. */
export function usePresence(session: Session): [others: readonly Presence[], set: (state: PresenceState) => void] {
  const others = useSyncExternalStore(
    session.subscribe,
    () => session.presence.others,
    () => NOBODY,
  );
  const set = useCallback((state: PresenceState) => session.presence.set(state), [session]);
  return [others, set];
}

function messagesOf(view: SessionView | undefined): readonly Message[] {
  return view?.messages ?? NONE;
}

function isAlike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, theirs] = [Object.entries(one), other as Record<string, unknown>];
  return mine.length === Object.keys(other).length && mine.every(([key, value]) => key in theirs && Object.is(value, theirs[key]));
}
