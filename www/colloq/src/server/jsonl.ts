/**
 * JSON Lines out of a response, one value after the other, as they come.
 *
 * A body that broke off in the middle throws: nobody takes it for a whole one.
 */
import { ColloqError } from "../error.js";

/** The values of a body. */
export async function* jsonLines(response: Response): AsyncGenerator<Record<string, unknown>> {
  const decoder = new TextDecoder();
  const reader = response.body!.getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value ?? new Uint8Array(), { stream: !done });
      const lines = rest.split("\n");
      rest = done ? "" : lines.pop()!;
      for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as Record<string, unknown>;
      if (done) return;
    }
  } catch (cause) {
    throw new ColloqError("unreachable", "the body broke off", { cause });
  } finally {
    await reader.cancel().catch(() => {});
  }
}
