/**
 * The standard sessions: 1,000 of 50 messages of 120 bytes.
 */
export const SESSIONS = 1_000;
const MESSAGES = 50;
const WORDS = "colloq keeps what was said and what is being worked on where the next question can find it again at once ";

/** Fills a manager and gives the ids. */
export function fill(manager) {
  const ids = [];
  for (let n = 0; n < SESSIONS; n++) {
    const { id } = manager.createSession(`user-${n}`, { data: { theme: "dark", step: 0 } });
    ids.push(id);
    for (let at = 0; at < MESSAGES; at++) {
      const content = `${n} ${at} ${WORDS}${WORDS}`.slice(0, 120);
      const metadata = { apiCalls: ["linear.search"], processingTime: 120 };
      manager.addMessage(id, at % 2 ? { type: "assistant", content, metadata } : { type: "user", content });
    }
  }
  return ids;
}

const preferences = (n) => ({ language: n % 2 ? "en" : "de", responseFormat: "brief" });

/** What is updated, how, and the bound in microseconds where there is one. */
export const updates = [
  ["title", (n) => ({ title: `Title ${n}` }), 10],
  ["context", (n) => ({ context: { recentIssues: [], userPreferences: preferences(n) } }), 10],
  ["data", (n) => ({ data: { theme: "dark", step: n } }), 10],
];
