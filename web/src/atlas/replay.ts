// A recorded match as a film: when each pin moved, and what stood on the map at a moment. Pure.
import type { AnyAction, Point, RoundResult, SeatId } from '../lib/protocol';

/** One input of the record. `at` is match time in milliseconds. */
export interface ReplayInput {
  at: number;
  seat: SeatId | null;
  action: AnyAction;
}

export interface Move {
  /** Film time in milliseconds. */
  t: number;
  seat: SeatId;
  at: Point | null;
  lock: boolean;
}

export interface Scene {
  round: number;
  /** Film time at which it begins, at which its result shows, and at which it ends. */
  from: number;
  result: number;
  until: number;
  moves: Move[];
}

export interface Film {
  scenes: Scene[];
  length: number;
}

/** Before the first pin of a round, after its last, and how long its result stays. */
const LEAD_MS = 1200;
const TAIL_MS = 700;
const HOLD_MS = 4000;
/** Longer thinking is cut to this: nobody watches somebody think. */
const MOST_IDLE_MS = 4000;

function isMove(input: ReplayInput): input is ReplayInput & { seat: SeatId } {
  return input.seat !== null && input.action.do !== 'skip';
}

export function film(results: RoundResult[], inputs: ReplayInput[]): Film {
  const scenes: Scene[] = [];
  let t = 0;
  for (const result of results) {
    const own = inputs
      .filter(isMove)
      .filter((i) => i.action.round === result.round)
      .sort((a, b) => a.at - b.at);
    const from = t;
    let now = from + LEAD_MS;
    let before = own[0]?.at ?? 0;
    const moves: Move[] = [];
    for (const input of own) {
      now += Math.min(MOST_IDLE_MS, Math.max(0, input.at - before));
      before = input.at;
      const action = input.action;
      if (action.do === 'skip') continue;
      moves.push({ t: now, seat: input.seat, at: action.at ?? null, lock: action.do === 'lock' });
    }
    const shown = now + TAIL_MS;
    t = shown + HOLD_MS;
    scenes.push({ round: result.round, from, result: shown, until: t, moves });
  }
  return { scenes, length: t };
}

export interface Still {
  scene: Scene | null;
  /** Pins as they stood. */
  pins: Map<SeatId, Point>;
  locked: Set<SeatId>;
  /** Milliseconds since the result shows; negative before. */
  shown: number;
}

export function still(f: Film, t: number): Still {
  const scene = f.scenes.find((s) => t < s.until) ?? f.scenes[f.scenes.length - 1] ?? null;
  const pins = new Map<SeatId, Point>();
  const locked = new Set<SeatId>();
  for (const move of scene?.moves ?? []) {
    if (move.t > t) break;
    if (move.at && !locked.has(move.seat)) pins.set(move.seat, move.at);
    if (move.lock) locked.add(move.seat);
  }
  return { scene, pins, locked, shown: scene ? t - scene.result : -1 };
}

/** "1:07" */
export function clockText(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}
