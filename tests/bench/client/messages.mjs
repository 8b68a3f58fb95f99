/**
 * Real messages: those of the corpus, one behind the other, as often as it takes.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** So many messages: `{type, content}`. */
export function messages(count) {
  const corpus = gunzipSync(readFileSync(new URL("../../corpus/conversations.jsonl.gz", import.meta.url))).toString("utf8");
  const all = corpus
    .trim()
    .split("\n")
    .flatMap((line) => JSON.parse(line).messages)
    .map(({ type, content }) => ({ type, content }));
  return Array.from({ length: count }, (_, nth) => all[nth % all.length]);
}
