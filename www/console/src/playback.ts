/**
 * Plays a real conversation into a new session: one side by the visitor's client, the other by the assistant's, streamed.
 *
 * It plays one conversation at a time and ends when it is stopped.
 */
import type { Session } from "colloq";
import { useSyncExternalStore } from "react";
import { type Played, seen } from "./assistant/assistant.js";
import { pause, speak } from "./assistant/speak.js";
import { assistantClient, client } from "./clients.js";

/** A conversation of the sample. */
export interface Conversation {
  id: string;
  title: string;
  messages: { type: "user" | "assistant"; content: string }[];
}

interface Playing {
  session: string;
  title: string;
  abort: AbortController;
}

const TYPING_MS_LEAST = 500;
const TYPING_MS_MOST = 1_600;
const TYPING_MS_PER_UNIT = 14;
const THOUGHT_MS = 500;

let playing: Playing | undefined;
const listeners = new Set<() => void>();

/** The conversations that come with the page. */
export async function loadConversations(): Promise<Conversation[]> {
  const response = await fetch(new URL("conversations.json", location.href));
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return ((await response.json()) as { conversations: Conversation[] }).conversations;
}

/** What plays now. */
export function usePlaying(): { session: string; title: string } | undefined {
  return useSyncExternalStore(
    (fn) => {
      listeners.add(fn);
      return () => void listeners.delete(fn);
    },
    () => playing,
  );
}

/** Stops what plays. */
export function stopPlaying(): void {
  playing?.abort.abort();
  become(undefined);
}

/** Plays a conversation into a new session, whose id it gives at once. */
export function play(conversation: Conversation): string {
  stopPlaying();
  const session = client.create<Played>({ title: conversation.title, data: { played: true } });
  const mine: Playing = { session: session.id, title: conversation.title, abort: new AbortController() };
  become(mine);
  void run(session, conversation, mine.abort.signal)
    .catch((error: unknown) => console.error("the conversation could not be played", error))
    .finally(() => {
      // From here on it is a chat like any other.
      session.patch({ played: null }).catch(() => {});
      session.release();
      if (playing === mine) become(undefined);
    });
  return session.id;
}

async function run(session: Session, { messages }: Conversation, signal: AbortSignal): Promise<void> {
  let other: Session | undefined;
  let asked: string | undefined;
  try {
    for (const { type, content } of messages) {
      if (signal.aborted) return;
      if (type === "user") {
        await pause(Math.min(TYPING_MS_MOST, TYPING_MS_LEAST + content.length * TYPING_MS_PER_UNIT), signal);
        if (!signal.aborted) asked = (await session.append(content)).id;
      } else {
        other ??= assistantClient().session(session.id);
        if (asked) await seen(other, asked);
        await say(other, content, asked, signal);
        asked = undefined;
      }
    }
  } finally {
    other?.release();
  }
}

async function say(other: Session, content: string, replyTo: string | undefined, signal: AbortSignal): Promise<void> {
  await other.ready;
  const writer = other.stream({ type: "assistant", ...(replyTo && { replyTo }) });
  const stop = () => void writer.complete();
  signal.addEventListener("abort", stop, { once: true });
  await speak(writer, content, THOUGHT_MS);
  signal.removeEventListener("abort", stop);
}

function become(next: Playing | undefined): void {
  playing = next;
  for (const fn of [...listeners]) fn();
}
