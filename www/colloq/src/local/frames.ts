/**
 * The frames that come of one submit, for whoever has no link.
 */
import type { Link } from "./audience.js";
import type { Engine } from "./engine.js";
import type { Actor } from "./request.js";

/** A link for as long as a submit takes. */
export class Frames implements Link {
  readonly id: number;
  readonly user: string | undefined;
  readonly #engine: Engine;
  readonly #frames: string[] = [];

  constructor(engine: Engine, actor: Actor) {
    this.#engine = engine;
    this.id = engine.audience.nextId();
    this.user = actor.role === "user" ? actor.id : undefined;
    engine.audience.enter(this);
  }

  send(frame: string): void {
    this.#frames.push(frame);
  }

  cut(): void {}

  /** What came; nothing more does. */
  take(): string[] {
    this.#engine.audience.leave(this, []);
    return this.#frames;
  }
}
