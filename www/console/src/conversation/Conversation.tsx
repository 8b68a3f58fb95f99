/**
 * One conversation: its messages, growing at the bottom, and the composer.
 */
import { ActionIcon, Text } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import type { Message, Session } from "colloq";
import { useMessages, usePresence, useSelector } from "colloq/react";
import { useEffect } from "react";
import { useNow } from "../hooks.js";
import { Bubble } from "./Bubble.js";
import { Composer } from "./Composer.js";
import { send } from "./send.js";
import { Starters } from "./Starters.js";
import { useStick } from "./stick.js";
import { Typing } from "./Typing.js";

export function Conversation({ session }: { session: Session }) {
  const { messages } = useMessages(session);
  const { known, isActive, ended } = useSelector(session, (view) => ({
    known: view !== undefined,
    isActive: view?.isActive ?? true,
    ended: view?.ended !== undefined,
  }));
  const now = useNow();
  const [, say] = usePresence(session);
  useEffect(() => {
    const look = () => say({ away: document.visibilityState !== "visible" });
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [say]);
  const { scroller, content, away, toEnd } = useStick(session.id);
  const streaming = messages.some(({ status, type }) => status === "streaming" && type !== "user");
  const onSend = (text: string) => {
    send(session, text);
    toEnd();
  };
  return (
    <div className="conversation">
      <div className="scroller" ref={scroller}>
        <div className="messages" ref={content} role="log" aria-live="polite" data-testid="messages">
          {known && messages.length === 0 && isActive && <Starters onPick={onSend} />}
          {messages.map((message, at) => (
            <Bubble
              key={message.id}
              message={message}
              first={begins(messages[at - 1], message)}
              last={begins(message, messages[at + 1])}
              now={now}
            />
          ))}
          {ended && (
            <Text c="dimmed" size="sm" ta="center" py="md">
              This chat has ended. It can be read, not written.
            </Text>
          )}
        </div>
      </div>
      <div className="dock">
        {away && (
          <ActionIcon className="to-end" variant="default" radius="xl" size="lg" onClick={toEnd} aria-label="To the newest message">
            <IconArrowDown size={18} />
          </ActionIcon>
        )}
        <Typing session={session} />
        <Composer
          onSend={onSend}
          streaming={streaming}
          onStop={() => void session.stop()}
          onTyping={(typing) => say({ typing })}
          disabled={!isActive}
        />
      </div>
    </div>
  );
}

/** Whether a new group of bubbles begins between two messages. */
function begins(before: Message | undefined, after: Message | undefined): boolean {
  if (!before || !after || before.type !== after.type) return true;
  return Date.parse(after.timestamp) - Date.parse(before.timestamp) > 5 * 60_000;
}
