/** Later than anything that is staged. */
const OVER = 1e6;

/** How far the reveal of a result is: the answer, pins, lines, points and places come one after the other. */
export class Staging {
  /** Milliseconds since it began. */
  elapsed = $state(OVER);
  #turn = 0;

  /** Begins, and runs by itself. */
  start(): void {
    const turn = ++this.#turn;
    const from = performance.now();
    this.elapsed = 0;
    const step = (at: number) => {
      if (turn !== this.#turn) return;
      this.elapsed = Math.max(0, at - from);
      if (this.elapsed < 4000) requestAnimationFrame(step);
      else this.elapsed = OVER;
    };
    requestAnimationFrame(step);
  }

  /** Everything is there at once. */
  skip(): void {
    this.#turn += 1;
    this.elapsed = OVER;
  }
}
