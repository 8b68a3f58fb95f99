/**
 * Says a text word by word, at the pace of somebody who talks.
 *
 * It stops between two words when its signal aborts.
 */
import type { MessageWriter } from "colloq";

const WORD_MS_LEAST = 30;
const WORD_MS_MOST = 60;

/** Waits; an abort ends the wait early. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}

/** The words of a text, each with the space behind it. */
export async function* spoken(text: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of text.match(/\S+\s*|\s+/g) ?? []) {
    if (signal.aborted) return;
    yield word;
    await pause(WORD_MS_LEAST + Math.random() * (WORD_MS_MOST - WORD_MS_LEAST), signal);
  }
}

/** Writes a text into a message, after a moment of thought. */
export async function speak(writer: MessageWriter, text: string, thoughtMs: number): Promise<void> {
  await pause(thoughtMs, writer.signal);
  await writer.pipe(spoken(text, writer.signal));
}
