import { describe, expect, it } from 'vitest';
import type { RoundResult, SeatResult } from '../protocol';
import { foldAtlas, foldOwnAction } from './fold-atlas';
import { atlas, seat } from './samples';

const line = (n: number, points: number, total: number, rank: number): SeatResult => ({
  seat: n,
  at: { lat: 0, lon: 0 },
  distance_m: 1000,
  points,
  bonus: 0,
  total,
  rank,
});

const result = (round: number, seats: SeatResult[]): RoundResult => ({
  round,
  kind: 'city',
  clue: { name: 'Lyon', within: null },
  picture: null,
  answer: { name: 'Lyon', country: 'FR', country_name: 'France', point: { lat: 45.76, lon: 4.84 } },
  seats,
});

describe('events', () => {
  it('begins a round: another question, no pins, no locks, no votes, and nobody waits', () => {
    const before = atlas({
      phase: 'result',
      pin: { lat: 1, lon: 1 },
      named: 'FR',
      votes: [1],
      votes_needed: 2,
      seats: [seat(0, { locked: true }), seat(1, { waiting: true })],
    });
    const after = foldAtlas(before, {
      is: 'round',
      round: 2,
      kind: 'flag',
      clue: { name: null, within: null },
      picture: 'tok',
      deadline: 99_000,
    });
    expect(after).toMatchObject({
      phase: 'round',
      round: 2,
      kind: 'flag',
      picture: 'tok',
      deadline: 99_000,
      pin: null,
      named: null,
      votes: [],
      votes_needed: 0,
    });
    expect(after.seats.every((s) => !s.locked && !s.waiting)).toBe(true);
  });

  it('locks one seat', () => {
    const after = foldAtlas(atlas(), { is: 'locked', seat: 1 });
    expect(after.seats.map((s) => s.locked)).toEqual([false, true]);
  });

  it('counts votes', () => {
    expect(foldAtlas(atlas({ phase: 'result' }), { is: 'votes', seats: [1], needed: 2 })).toMatchObject({
      votes: [1],
      votes_needed: 2,
    });
  });

  it('shows a result: totals, shared ranks, the time of the next round', () => {
    const before = atlas({
      pin: { lat: 1, lon: 1 },
      seats: [seat(0, { locked: true }), seat(1), seat(2, { waiting: true })],
    });
    const scored = result(1, [line(0, 4000, 4000, 1), line(1, 4000, 4000, 1)]);
    const after = foldAtlas(before, { is: 'result', result: scored, next: 80_000 });
    expect(after).toMatchObject({ phase: 'result', deadline: 80_000, pin: null, results: [scored] });
    expect(after.seats.map((s) => [s.total, s.rank, s.locked])).toEqual([
      [4000, 1, false],
      [4000, 1, false],
      [0, 3, false],
    ]);
  });

  it('takes the same result twice without doubling it', () => {
    const scored = result(1, [line(0, 1, 1, 1)]);
    const once = foldAtlas(atlas(), { is: 'result', result: scored, next: null });
    expect(foldAtlas(once, { is: 'result', result: scored, next: null }).results).toHaveLength(1);
  });

  it('moves the deadline', () => {
    expect(foldAtlas(atlas(), { is: 'deadline', deadline: 70_000 }).deadline).toBe(70_000);
    expect(foldAtlas(atlas(), { is: 'deadline', deadline: null }).deadline).toBeNull();
  });

  it('seats a late joiner, who waits; once', () => {
    const before = atlas({ seats: [seat(0, { total: 500 }), seat(1)] });
    const after = foldAtlas(before, { is: 'seated', seat: 2 });
    expect(after.seats[2]).toEqual(seat(2, { waiting: true, rank: 2 }));
    expect(foldAtlas(after, { is: 'seated', seat: 2 }).seats).toHaveLength(3);
  });

  it('shows who dropped and who left', () => {
    const dropped = foldAtlas(atlas(), { is: 'seat', seat: 1, connected: false, left: false });
    expect(dropped.seats[1]).toMatchObject({ connected: false, left: false });
    const waiting = atlas({ seats: [seat(0), seat(1, { waiting: true })] });
    const left = foldAtlas(waiting, { is: 'seat', seat: 1, connected: false, left: true });
    expect(left.seats[1]).toMatchObject({ connected: false, left: true, waiting: false });
  });

  it('finishes', () => {
    const standings = [{ seat: 1, rank: 1, points: 9, left: false }];
    expect(foldAtlas(atlas(), { is: 'finished', standings })).toMatchObject({
      phase: 'finished',
      deadline: null,
      standings,
    });
  });
});

describe('the player’s own action', () => {
  const at = { lat: 10, lon: 20 };

  it('moves the pin and forgets a name that was typed before', () => {
    expect(foldOwnAction(atlas({ named: 'FR' }), { do: 'pin', round: 1, at })).toMatchObject({
      pin: at,
      named: null,
    });
  });

  it('takes the pin of a lock, but leaves the lock to the server', () => {
    const after = foldOwnAction(atlas(), { do: 'lock', round: 1, at });
    expect(after.pin).toEqual(at);
    expect(after.seats[0]?.locked).toBe(false);
  });

  it('keeps the pin when a lock brings none', () => {
    expect(foldOwnAction(atlas({ pin: at }), { do: 'lock', round: 1 }).pin).toEqual(at);
  });

  it.each([
    ['another round', atlas(), { do: 'pin', round: 2, at } as const],
    ['a result', atlas({ phase: 'result' }), { do: 'pin', round: 1, at } as const],
    ['a skip', atlas(), { do: 'skip', round: 1 } as const],
  ])('changes nothing for %s', (_, view, action) => {
    expect(foldOwnAction(view, action)).toBe(view);
  });
});
