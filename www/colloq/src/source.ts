/**
 * What a stream's text comes from: an iterable of strings, or a stream of strings or bytes, until it ends or nobody wants more.
 *
 * It never waits for a source that hangs once the signal aborted.
 */

/** What takes the text of a source. */
interface Sink<T> {
  readonly signal: AbortSignal;
  write(text: string): void;
  complete(): Promise<T>;
  fail(error: { code: string; message: string }): Promise<T>;
}

/** Writes all that a source brings and completes; a source that throws fails the message, and the promise rejects with what it threw. */
export async function pipeInto<T>(sink: Sink<T>, source: AsyncIterable<string> | ReadableStream<unknown>): Promise<T> {
  try {
    for await (const text of chunksOf(source, sink.signal)) sink.write(text);
  } catch (error) {
    await sink.fail({ code: "sourceFailed", message: error instanceof Error ? error.message : String(error) }).catch(() => {});
    throw error;
  }
  return sink.complete();
}

/** The text of a source, piece by piece; an abort ends it. */
export async function* chunksOf(source: AsyncIterable<string> | ReadableStream<unknown>, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const chunks = Symbol.asyncIterator in source ? (source as AsyncIterable<unknown>)[Symbol.asyncIterator]() : readerOf(source);
  const stopped = new Promise<"stopped">((resolve) => signal.addEventListener("abort", () => resolve("stopped"), { once: true }));
  for (;;) {
    const next = signal.aborted ? "stopped" : await Promise.race([chunks.next(), stopped]);
    if (next === "stopped") {
      void chunks.return?.()?.then(undefined, () => {});
      break;
    }
    if (next.done) break;
    yield typeof next.value === "string" ? next.value : decoder.decode(bytesOf(next.value), { stream: true });
  }
  yield decoder.decode();
}

function readerOf(stream: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

function bytesOf(chunk: unknown): Uint8Array<ArrayBuffer> {
  if (chunk instanceof Uint8Array) return chunk as Uint8Array<ArrayBuffer>;
  throw new TypeError("a source brings strings or bytes");
}
