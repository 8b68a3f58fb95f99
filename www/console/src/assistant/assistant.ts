/**
 * The assistant of the page: an agent with a client and a token of its own, that answers what this tab was asked.
 *
 * It never answers a message of another tab, and leaves a message alone that somebody answers already.
 */
import { ColloqError, type Session } from "colloq";
import { assistantClient } from "../clients.js";
import { respond, situationOf } from "./responder.js";
import { speak } from "./speak.js";

const THOUGHT_MS = 450;

const queues = new Map<string, Promise<void>>();

/** Answers a message that the host has taken; messages of one session are answered one after the other. */
export function answer(sessionId: string, messageId: string): void {
  const before = queues.get(sessionId) ?? Promise.resolve();
  const next = before.then(() => answerNow(sessionId, messageId)).catch(report);
  queues.set(sessionId, next);
  void next.then(() => void (queues.get(sessionId) === next && queues.delete(sessionId)));
}

async function answerNow(sessionId: string, messageId: string): Promise<void> {
  const session = assistantClient().session(sessionId);
  try {
    await seen(session, messageId);
    const { messages, context } = session.view!;
    const writer = session.stream({ type: "assistant", replyTo: messageId });
    await speak(writer, respond(situationOf(messages, context, messageId)), THOUGHT_MS).catch((error: unknown) => {
      if (!(error instanceof ColloqError) || error.code !== "alreadyAnswering") throw error;
    });
  } finally {
    session.release();
  }
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

function report(error: unknown): void {
  if (!(error instanceof ColloqError && error.code === "sessionEnded")) console.error("the assistant could not answer", error);
}
