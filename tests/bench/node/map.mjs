/**
 * A Map of sessions as people write it, careful enough that nobody changes by accident what it keeps.
 */
import { randomUUID } from "node:crypto";

/** See above. */
export class MapManager {
  #sessions = new Map();
  #timeoutMs = 30 * 60_000;

  createSession(userId, more = {}) {
    const now = new Date();
    const context = { recentIssues: [], userPreferences: { language: "en", responseFormat: "brief" } };
    const kept = { id: randomUUID(), userId, createdAt: now, lastActivity: now, isActive: true, messages: [], context, data: {} };
    const session = { ...kept, ...more };
    this.#sessions.set(session.id, session);
    return structuredClone(session);
  }

  #live(id) {
    const session = this.#sessions.get(id);
    if (!session) return null;
    if (Date.now() - session.lastActivity.getTime() > this.#timeoutMs) {
      this.#sessions.delete(id);
      return null;
    }
    session.lastActivity = new Date();
    return session;
  }

  getSession(id) {
    const session = this.#live(id);
    return session && structuredClone(session);
  }

  updateSession(id, updates) {
    const session = this.#live(id);
    if (!session) return false;
    Object.assign(session, structuredClone(updates));
    return true;
  }

  addMessage(id, message) {
    const session = this.#live(id);
    if (!session) return null;
    const kept = { id: randomUUID(), timestamp: new Date(), ...structuredClone(message) };
    session.messages.push(kept);
    return structuredClone(kept);
  }
}
