/**
 * What the tests ask the page's assistant, and what its rules say to that in a session that wants details.
 *
 * The texts are those of `www/console/src/assistant/patterns.ts`, at the second turn of a session unless another is named.
 */
const JOKE =
  "Two replicas walk into a bar. They agree on the order.\n\n" +
  "A third one arrives late, says nothing, reads the log from the top, and laughs at exactly the same place as the " +
  "others. The barman, who keeps the log, nods: same bytes, same joke.";

/** Questions whose answers are known. */
export const QUESTIONS = { story: "Tell me a story", offline: "What happens when I go offline?" };

/** Their answers. */
export const ANSWERS = { story: JOKE };
