/**
 * Sends what the visitor wrote, and names the session after its first message.
 */
import type { Session } from "colloq";

const TITLE_UNITS = 48;

/** Sends a message: it is shown at once, and whoever answers finds it when the host has it. */
export function send(session: Session, text: string): void {
  const view = session.view;
  if (view?.title === undefined && (view?.messages.length ?? 0) === 0) session.rename(titleOf(text)).catch(() => {});
  session.append(text).catch(() => {}); // Whoever listens to `rejected` shows it.
}

/** The first line, cut between words. */
function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0]!.trim();
  if (line.length <= TITLE_UNITS) return line;
  const cut = line.slice(0, TITLE_UNITS);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), TITLE_UNITS / 2)).replace(/[\ud800-\udbff]$/, "")}...`;
}
