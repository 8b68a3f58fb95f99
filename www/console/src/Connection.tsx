/**
 * How the page stands with its host, and how much is waiting for it.
 */
import { Tooltip } from "@mantine/core";
import type { Status } from "colloq";
import { useConnection } from "colloq/react";

const WORDS: Record<Status, [word: string, hint: string]> = {
  idle: ["Idle", "Nothing has been asked of the host yet"],
  connecting: ["Connecting", "Looking for the host"],
  online: ["Online", "Everything is in step with the host"],
  offline: ["Offline", "Go on writing; it goes out when the host is back"],
  outdated: ["Reload", "The host speaks a newer version: reload the page"],
  signedOut: ["Signed out", "The host gives this page no token"],
};

export function Connection() {
  const { status, pending } = useConnection();
  const [word, hint] = WORDS[status];
  return (
    <Tooltip label={pending > 0 ? `${hint}. ${pending} pending` : hint} multiline maw={240}>
      <div className="connection" data-testid="connection" data-status={status} data-pending={pending} role="status">
        <span className="connection-dot" />
        <span className="connection-word">{word}</span>
        {pending > 0 && <span className="connection-count">{pending}</span>}
      </div>
    </Tooltip>
  );
}
