/**
 * One message.
 */
import { Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconClock, IconPlayerStop, IconSparkles } from "@tabler/icons-react";
import type { Message } from "colloq";
import { memo } from "react";
import { clockTime } from "../when.js";

interface Props {
  message: Message;
  first: boolean;
  last: boolean;
  now: number;
}

export const Bubble = memo(function Bubble({ message, first, last, now }: Props) {
  const { type, status, pending, content, timestamp } = message;
  const mine = type === "user";
  const streams = status === "streaming";
  const notable = status === "stopped" || status === "failed" || status === "interrupted";
  return (
    <article
      className="message"
      data-testid="message"
      data-id={message.id}
      data-role={type}
      data-status={status}
      data-pending={pending}
      data-first={first}
      aria-busy={streams}
    >
      {!mine && <span className="avatar">{first && <IconSparkles size={16} stroke={1.8} />}</span>}
      <div className="message-body">
        <div className="bubble">
          {content === "" && streams ? (
            <span className="thinking" role="img" aria-label="thinking">
              <i />
              <i />
              <i />
            </span>
          ) : (
            <span className="text" data-testid="text">
              {content}
            </span>
          )}
          {streams && content !== "" && <span className="caret" aria-hidden />}
        </div>
        {(last || notable) && !streams && (
          <div className="meta">
            <State message={message} />
            <time dateTime={timestamp}>{clockTime(timestamp, now)}</time>
          </div>
        )}
      </div>
    </article>
  );
});

function State({ message: { status, pending, error, type } }: { message: Message }) {
  if (status === "failed") {
    return (
      <Tooltip label={error?.message ?? "The answer broke off"}>
        <span className="state failed">
          <IconAlertTriangle size={13} /> failed
        </span>
      </Tooltip>
    );
  }
  if (status === "stopped" || status === "interrupted") {
    return (
      <span className="state">
        <IconPlayerStop size={13} /> {status}
      </span>
    );
  }
  if (pending && type === "user") {
    return (
      <Tooltip label="Not yet with the host">
        <span className="state" data-testid="pending">
          <IconClock size={13} /> sending
        </span>
      </Tooltip>
    );
  }
  return null;
}
