/**
 * Takes frames out of what comes by HTTP: Server-Sent Events (the part of the format that hosts write), and lists of frames.
 *
 * A frame stays the text that it is: entries are hashed as they were written, and no JSON is written here again.
 */

/** The data of the events of a response, as they come; ends when the response does. `alive` hears when anything came, a comment too. */
export async function* eventsOf(response: Response, alive: () => void): AsyncGenerator<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      rest += decoder.decode(value, { stream: true });
      const events = rest.split("\n\n");
      rest = events.pop()!;
      for (const event of events) {
        const data = event.split("\n").filter((line) => line.startsWith("data:"));
        if (data.length > 0) yield data.map((line) => line.slice(line[5] === " " ? 6 : 5)).join("\n");
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The items of `{"frames": [...]}`, each as the text that it is. */
export function itemsOf(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '"') {
      at = endOfString(text, at);
    } else if (sign === "{" || sign === "[") {
      // The object, its list, and then the items.
      if (++depth === 3) start = at;
    } else if (sign === "}" || sign === "]") {
      if (depth-- === 3) items.push(text.slice(start, at + 1));
    }
  }
  return items;
}

/** Where the string that begins here ends. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
