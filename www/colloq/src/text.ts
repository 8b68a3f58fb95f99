/**
 * Text in the units that hosts count in: UTF-8 bytes, well-formed, in pieces that fit a frame.
 *
 * No piece may begin or end inside a surrogate pair.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The longest content, in bytes of JSON, that goes in one command. */
export const CONTENT_BYTES_MAX = 48 * 1024;
/** The longest piece in UTF-16 units: even when JSON writes each as six bytes it stays under `CONTENT_BYTES_MAX`. */
const PIECE_UNITS_MAX = 8 * 1024;

/** How many UTF-8 bytes the text takes. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isHigh(unit) && isLow(text.charCodeAt(at + 1))) {
      bytes += 4;
      at += 1;
    } else bytes += 3;
  }
  return bytes;
}

/** The text with every lone surrogate replaced by U+FFFD: hosts take no others. */
export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? decoder.decode(encoder.encode(text)) : text;
}

/** Splits off a high surrogate at the end, which waits for its other half. */
export function withoutHalf(text: string): [whole: string, half: string] {
  return isHigh(text.charCodeAt(text.length - 1)) ? [text.slice(0, -1), text.slice(-1)] : [text, ""];
}

/** Cuts text into pieces that each fit one command. */
export function pieces(text: string, unitsMax: number = PIECE_UNITS_MAX): string[] {
  const cut: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + unitsMax);
    if (end < text.length && isHigh(text.charCodeAt(end - 1)) && isLow(text.charCodeAt(end))) end -= 1;
    cut.push(text.slice(start, end));
    start = end;
  }
  return cut;
}

/** Whether the text is too long to go in one command. */
export function isLong(text: string): boolean {
  if (text.length * 6 + 2 <= CONTENT_BYTES_MAX) return false;
  return utf8Length(JSON.stringify(text)) > CONTENT_BYTES_MAX;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
