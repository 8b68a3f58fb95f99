/**
 * The error that every promise of the package rejects with.
 *
 * It never carries a token, and its `code` never changes its meaning.
 */
import type { Command, ErrorCode } from "./types.js";

const RETRYABLE = new Set<string>([
  "conflict",
  "seqGap",
  "versionMismatch",
  "rateLimited",
  "limitReached",
  "internal",
  "overloaded",
  "storeUnavailable",
  "outcomeUnknown",
  "storeFull",
  "unreachable",
]);

/** What is known of an error besides its code and message. */
export interface ErrorDetails {
  status?: number;
  retryable?: boolean;
  command?: Command;
  retryAfterMs?: number;
  cause?: unknown;
}

/** A "no" with a permanent code. */
export class ColloqError extends Error {
  /** Its name, also where names are made short. */
  static override readonly name: string = "ColloqError";
  override readonly name = "ColloqError";
  readonly code: ErrorCode;
  /** The HTTP status, where the answer came by HTTP. */
  readonly status?: number;
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** The command that was rejected. */
  readonly command?: Command;
  /** How long the host wants to be left alone, where it said so. */
  readonly retryAfterMs?: number;

  /** An error of a code; `more` is what else is known of it. */
  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.retryable = more.retryable ?? RETRYABLE.has(code);
    if (more.status !== undefined) this.status = more.status;
    if (more.command !== undefined) this.command = more.command;
    if (more.retryAfterMs !== undefined) this.retryAfterMs = more.retryAfterMs;
  }

  /** Makes one of whatever was thrown: the module throws JSON texts with `code` and `message`. */
  static from(thrown: unknown, command?: Command): ColloqError {
    if (thrown instanceof ColloqError) return thrown;
    const more = { cause: thrown, ...(command && { command }) };
    if (typeof thrown !== "string" || !thrown.startsWith("{")) return new ColloqError("internal", String(thrown), more);
    const { code, message } = JSON.parse(thrown) as { code: ErrorCode; message: string };
    return new ColloqError(code, message, more);
  }
}

/** Marks a promise as looked after, so that a write nobody waits for cannot end a Node process when it is rejected. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
