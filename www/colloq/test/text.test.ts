/**
 * Offsets and pieces of text. Node's own encoder is the judge.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isLong, pieces, utf8Length, wellFormed, withoutHalf } from "#internal/text";

const SAMPLES = [
  "",
  "plain",
  "caf\u00e9",
  "\u4f60\u597d",
  "\u{1f600} and \u{1f9d1}\u200d\u{1f4bb}",
  "a\ud83d",
  "\ude00b",
  "\ud83d\ud83d\ude00",
  "\u0000\uffff\ue000",
];

test("counts the bytes that an encoder writes", () => {
  for (const sample of SAMPLES) assert.equal(utf8Length(sample), new TextEncoder().encode(sample).length, JSON.stringify(sample));
});

test("replaces lone surrogates and nothing else", () => {
  for (const sample of SAMPLES) assert.equal(wellFormed(sample), Buffer.from(sample).toString(), JSON.stringify(sample));
});

test("holds half a pair back", () => {
  assert.deepEqual(withoutHalf("x\ud83d"), ["x", "\ud83d"]);
  assert.deepEqual(withoutHalf("x\u{1f600}"), ["x\u{1f600}", ""]);
  assert.deepEqual(withoutHalf(""), ["", ""]);
});

test("cuts between characters only", () => {
  const text = "ab\u{1f600}".repeat(50);
  for (const units of [2, 3, 4, 5, 7]) {
    const cut = pieces(text, units);
    assert.equal(cut.join(""), text);
    for (const piece of cut) {
      assert.ok(piece.length <= units && piece.length > 0);
      assert.equal(Buffer.from(piece).toString(), piece);
    }
  }
});

test("knows what is too long for one command, as JSON counts it", () => {
  assert.equal(isLong("x".repeat(48 * 1024 - 2)), false);
  assert.equal(isLong("x".repeat(48 * 1024 - 1)), true);
  assert.equal(isLong("\u0001".repeat(8 * 1024)), true);
  assert.equal(isLong("\u0001".repeat(8 * 1024 - 1)), false);
});

test("a piece of the worst text fits one command", () => {
  for (const piece of pieces("\u0001".repeat(100_000))) assert.ok(JSON.stringify(piece).length <= 48 * 1024 + 2);
});
