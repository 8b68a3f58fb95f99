/**
 * Who else is typing in this chat.
 *
 * It keeps its place when nobody does, so that nothing jumps.
 */
import type { Presence, Session } from "colloq";
import { usePresence } from "colloq/react";
import { userId } from "../clients.js";

export function Typing({ session }: { session: Session }) {
  const [others] = usePresence(session);
  const typing = others.filter(({ state }) => state.typing);
  return (
    <div className="typing" data-testid="typing" data-count={typing.length} aria-live="polite">
      {typing.length > 0 && (
        <>
          <span className="thinking" aria-hidden>
            <i />
            <i />
            <i />
          </span>
          {who(typing)}
        </>
      )}
    </div>
  );
}

function who(typing: readonly Presence[]): string {
  if (typing.every(({ id }) => id === userId)) return "You are typing on another device";
  const names = [...new Set(typing.map(({ name, id }) => name ?? id))];
  return names.length === 1 ? `${names[0]} is typing` : `${names.length} people are typing`;
}
