/**
 * One session of the list.
 */
import type { SessionSummary } from "colloq";
import { linkTo } from "../route.js";
import { ago } from "../when.js";

interface Props {
  summary: SessionSummary;
  active: boolean;
  now: number;
  onPick: () => void;
}

export function SessionItem({ summary, active, now, onPick }: Props) {
  const { id, title, preview, lastActivity, isActive } = summary;
  return (
    <a
      href={linkTo(id)}
      onClick={onPick}
      className="session-item"
      data-testid="session-item"
      data-session={id}
      data-active={active}
      aria-current={active ? "page" : undefined}
    >
      <span className="session-head">
        <span className="session-title">{title ?? preview ?? "New chat"}</span>
        <time className="session-time" dateTime={lastActivity}>
          {ago(lastActivity, now)}
        </time>
      </span>
      <span className="session-preview">{isActive ? (preview ?? "Nothing said yet") : "Ended"}</span>
    </a>
  );
}
