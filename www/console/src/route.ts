/**
 * The address of the page: `#/s/<id>` names the open session, so that two tabs can open the same one.
 *
 * Only ids are in it, never a token.
 */
import { useSyncExternalStore } from "react";

const SESSION = /^#\/s\/(.*)$/;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether this could be the id of a session at all. */
export function isId(id: string): boolean {
  return ID.test(id);
}

/** What the address names as a session, whether or not it is an id. */
export function useRoute(): string | null {
  return useSyncExternalStore(
    (fn) => {
      addEventListener("hashchange", fn);
      return () => removeEventListener("hashchange", fn);
    },
    () => SESSION.exec(location.hash)?.[1] ?? null,
  );
}

/** Opens a session, or none. */
export function navigate(id: string | null): void {
  location.hash = id === null ? "#/" : `#/s/${id}`;
}

/** The address to share. */
export function linkTo(id: string): string {
  return new URL(`#/s/${id}`, location.href).href;
}
