import { describe, expect, it } from 'vitest';
import type { RoundResult } from '../lib/protocol';
import { clockText, film, still, type ReplayInput } from './replay';

const result = (round: number): RoundResult => ({
  round,
  kind: 'city',
  clue: { name: 'Lyon', within: null },
  picture: null,
  answer: { name: 'Lyon', country: 'FR', country_name: 'France', point: { lat: 45.76, lon: 4.84 } },
  seats: [],
});
const pin = (at: number, seat: number, round: number, lat: number): ReplayInput => ({
  at,
  seat,
  action: { game: 'atlas', do: 'pin', round, at: { lat, lon: 0 } },
});
const lock = (at: number, seat: number, round: number): ReplayInput => ({
  at,
  seat,
  action: { game: 'atlas', do: 'lock', round },
});

const inputs: ReplayInput[] = [
  pin(5000, 0, 1, 10),
  pin(7000, 1, 1, 20),
  // Somebody thinks for two minutes.
  pin(127_000, 0, 1, 11),
  lock(128_000, 0, 1),
  lock(129_000, 1, 1),
  { at: 130_000, seat: 0, action: { game: 'atlas', do: 'skip', round: 1 } },
  pin(140_000, 1, 2, -5),
];
const reel = film([result(1), result(2), result(3)], inputs);

describe('the film of a match', () => {
  it('has a scene a round, one after the other, also for one without a pin', () => {
    expect(reel.scenes.map((s) => s.round)).toEqual([1, 2, 3]);
    for (const [i, s] of reel.scenes.entries()) {
      expect(s.from).toBe(reel.scenes[i - 1]?.until ?? 0);
      expect(s.result).toBeGreaterThan(s.from);
      expect(s.until).toBeGreaterThan(s.result);
    }
    expect(reel.length).toBe(reel.scenes[2]?.until);
    expect(reel.scenes[2]?.moves).toEqual([]);
  });

  it('keeps the order and cuts long thinking', () => {
    const moves = reel.scenes[0]!.moves;
    expect(moves.map((m) => [m.seat, m.lock])).toEqual([
      [0, false],
      [1, false],
      [0, false],
      [0, true],
      [1, true],
    ]);
    expect(moves[2]!.t - moves[1]!.t).toBe(4000);
    expect(moves[1]!.t - moves[0]!.t).toBe(2000);
  });

  it('shows pins as they stood', () => {
    const [first, , third] = reel.scenes[0]!.moves;
    expect(still(reel, 0).pins.size).toBe(0);
    expect(still(reel, first!.t).pins.get(0)).toEqual({ lat: 10, lon: 0 });
    expect(still(reel, third!.t).pins.get(0)).toEqual({ lat: 11, lon: 0 });
    const end = still(reel, reel.scenes[0]!.result + 1);
    expect([...end.locked].sort()).toEqual([0, 1]);
    expect(end.shown).toBe(1);
    // Pins of one round are not those of the next.
    expect(still(reel, reel.scenes[1]!.from).pins.size).toBe(0);
    expect(still(reel, reel.length + 999).scene?.round).toBe(3);
  });

  it('stands an empty record', () => {
    const empty = film([], []);
    expect(empty.length).toBe(0);
    expect(still(empty, 0).scene).toBeNull();
  });

  it('reads as a clock', () => {
    expect(clockText(0)).toBe('0:00');
    expect(clockText(67_400)).toBe('1:07');
  });
});
