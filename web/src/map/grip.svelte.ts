import type { Point } from '../lib/protocol';
import type { MapEngine, ScreenPoint } from './types';

/** The own pin between finger and map, from when it is grabbed until it is dropped. */
export class Grip {
  dragging = $state(false);
  /** Where the pin is while a finger holds it. */
  held = $state.raw<Point | null>(null);
  /** From the finger to the pin's foot: it stays where it was grabbed. */
  #reach: ScreenPoint = { x: 0, y: 0 };
  #engine: () => MapEngine | null;
  #board: () => Element;

  constructor(engine: () => MapEngine | null, board: () => Element) {
    this.#engine = engine;
    this.#board = board;
  }

  grab(e: PointerEvent, pin: Point): void {
    const engine = this.#engine();
    if (!engine) return;
    e.preventDefault();
    e.stopPropagation();
    const at = engine.project(pin);
    const finger = this.#onBoard(e);
    this.#reach = { x: at.x - finger.x, y: at.y - finger.y };
    this.dragging = true;
    (e.currentTarget as HTMLElement).setPointerCapture(e.pointerId);
  }

  pull(e: PointerEvent): void {
    const engine = this.#engine();
    if (!this.dragging || !engine) return;
    const finger = this.#onBoard(e);
    const at = engine.unproject({ x: finger.x + this.#reach.x, y: finger.y + this.#reach.y });
    // Beside the globe there is no place: the pin waits at its edge.
    if (at) this.held = at;
  }

  /** Lets go. Where the pin is now; null if it was not moved. */
  drop(): Point | null {
    const at = this.held;
    this.dragging = false;
    this.held = null;
    return at;
  }

  #onBoard(e: PointerEvent): ScreenPoint {
    const r = this.#board().getBoundingClientRect();
    return { x: e.clientX - r.left, y: e.clientY - r.top };
  }
}
