/** Match time on this device: the server's, carried on by a monotonic clock. The wall clock is never asked. */
import type { Clock } from '../protocol';

/** Readings that differ by less than this are the network's jitter; more is a jump of match time (a pause, a rebuild). */
const JITTER_MS = 400;

export class MatchClock {
  #local: () => number;
  /** Match time minus local time. */
  #offset = 0;
  #frozen = 0;
  #running = false;
  #known = false;

  constructor(local: () => number = () => performance.now()) {
    this.#local = local;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Match time now, milliseconds. */
  now(): number {
    return this.#running ? this.#local() + this.#offset : this.#frozen;
  }

  /**
   * Takes a reading that is as old as the way here took. The way only ever makes it older, so among readings that agree the
   * furthest ahead is the best. `delay` is an estimate of the way (half a round trip), 0 when unknown.
   */
  read(clock: Clock, delay = 0): void {
    if (!clock.running) {
      this.#running = false;
      this.#frozen = clock.now;
      this.#known = true;
      return;
    }
    const offset = clock.now + delay - this.#local();
    const drift = offset - this.#offset;
    const jumped = !this.#running || !this.#known || Math.abs(drift) > JITTER_MS;
    if (jumped || drift > 0) this.#offset = offset;
    this.#running = true;
    this.#known = true;
  }
}
