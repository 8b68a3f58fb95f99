/**
 * Waits for what must come, and says what was there instead when it does not.
 */
const LONGEST_MS = 30_000;
const LOOK_MS = 25;

/** Asks again and again until the answer is truthy, and returns it. */
export async function until(what, ask, longestMs = LONGEST_MS) {
  const end = Date.now() + longestMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`it did not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
