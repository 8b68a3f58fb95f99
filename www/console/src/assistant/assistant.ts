/**
 * The assistant of the page: an agent with a client and a token of its own, that answers what waits for an answer.
 *
 * Every page that somebody looks at has one, and none knows of the others: who claims a message first answers it.
 */
import type { Session, Turn } from "colloq";
import { assistantClient } from "../clients.js";
import { respond, situationOf } from "./responder.js";
import { speak } from "./speak.js";

const THOUGHT_MS = 450;

/** A session whose answers are played, by the page that plays it, says so in its data. */
export interface Played {
  played?: boolean;
}

/** Has the assistant at work while the page can be seen: a hidden one would speak a word a second. */
export function employAssistant(): void {
  let work: { close(): Promise<void> } | undefined;
  const look = () => {
    if (document.visibilityState === "visible") {
      work ??= assistantClient().serve(answer, { agent: "console" });
    } else {
      void work?.close();
      work = undefined;
    }
  };
  document.addEventListener("visibilitychange", look);
  look();
}

async function answer({ session, message, reply }: Turn): Promise<void> {
  const { messages, context, data } = session.view!;
  if ((data as Played | null)?.played) return;
  const writer = reply();
  await writer.begun;
  await speak(writer, respond(situationOf(messages, context, message.id)), THOUGHT_MS);
}

/** Waits until the assistant's own view has a message. */
export async function seen(session: Session, messageId: string): Promise<void> {
  await session.ready;
  const there = () => session.view?.messages.some((message) => message.id === messageId) ?? false;
  if (there()) return;
  await new Promise<void>((resolve) => {
    const unsubscribe = session.subscribe(() => {
      if (!there()) return;
      unsubscribe();
      resolve();
    });
  });
}
