/**
 * React on top of the package: sessions, lists and the connection as external stores.
 *
 * Nothing here keeps state of a conversation.
 */
import { useMatches } from "@mantine/core";
import type { ColloqError, Session, SessionSummary, SessionView, Status } from "colloq";
import { useEffect, useState, useSyncExternalStore } from "react";
import { client } from "./clients.js";

/** The view of a session, new with every change. */
export function useView(session: Session): SessionView | undefined {
  return useSyncExternalStore(session.subscribe, () => session.view);
}

/** Opens the session of an id while the component shows it. */
export function useSession(id: string | null): { session: Session | null; error: ColloqError | null } {
  const [open, setOpen] = useState<{ session: Session; error: ColloqError | null } | null>(null);
  useEffect(() => {
    if (id === null) return setOpen(null);
    const session = client.session(id);
    setOpen({ session, error: null });
    session.ready.catch((error: ColloqError) => {
      setOpen((current) => (current?.session === session && error.code !== "closed" ? { session, error } : current));
    });
    return () => session.release();
  }, [id]);
  return open?.session.id === id ? open : { session: null, error: null };
}

/** The visitor's sessions, newest first; undefined until the list is known. */
export function useSessions(): readonly SessionSummary[] | undefined {
  const [list, setList] = useState<readonly SessionSummary[]>();
  useEffect(() => client.watchSessions(setList), []);
  return list;
}

/** Whether the list of sessions is a drawer. */
export function useNarrow(): boolean {
  return useMatches({ base: true, sm: false }, { getInitialValueInEffect: false });
}

/** How the visitor's client stands with the host. */
export function useConnection(): { status: Status; pending: number } {
  const status = useSyncExternalStore(
    (fn) => client.on("status", fn),
    () => client.status,
  );
  const pending = useSyncExternalStore(
    (fn) => client.on("pending", fn),
    () => client.pending,
  );
  return { status, pending };
}

/** The time, renewed every half minute, for words like "2 minutes ago". */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
