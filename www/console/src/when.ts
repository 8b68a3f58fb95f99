/**
 * Times in the words of people.
 */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago a time was, in few characters: `now`, `5m`, `3h`, `Tue`, `12 Mar`. */
export function ago(time: string, now: number): string {
  const then = Date.parse(time);
  const past = now - then;
  if (past < MINUTE) return "now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)}m`;
  if (past < DAY) return `${Math.floor(past / HOUR)}h`;
  const date = new Date(then);
  if (past < 6 * DAY) return date.toLocaleDateString("en", { weekday: "short" });
  return date.toLocaleDateString("en", { day: "numeric", month: "short" });
}

/** The time of day, with the day where it is not today. */
export function clockTime(time: string, now: number): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return date.toDateString() === new Date(now).toDateString() ? clock : `${ago(time, now)} ${clock}`;
}
