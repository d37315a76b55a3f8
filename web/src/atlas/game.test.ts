import { describe, expect, it } from 'vitest';
import { formatDistance, formatNumber } from '../lib/i18n';
import type { RoundResult, SeatView } from '../lib/protocol';
import {
  awaited,
  awayText,
  canType,
  climbed,
  eased,
  extremes,
  lineOf,
  maxPoints,
  nameList,
  perRound,
  question,
  shareText,
  spokenResult,
  squares,
  standing,
  verdict,
} from './game';

const line = (
  seat: number,
  points: number,
  total: number,
  rank: number,
  distance_m: number | null = 1000,
) => ({
  seat,
  at: distance_m === null ? null : { lat: 0, lon: 0 },
  distance_m,
  points,
  bonus: 0,
  total,
  rank,
});

const result = (round: number, seats: ReturnType<typeof line>[]): RoundResult => ({
  round,
  kind: 'city',
  clue: { name: 'Lyon', within: 'France' },
  picture: null,
  answer: { name: 'Lyon', country: 'FR', country_name: 'France', point: { lat: 45.76, lon: 4.84 } },
  seats,
});

const results = [
  result(1, [line(0, 4800, 4800, 1), line(1, 2000, 2000, 2)]),
  result(2, [line(0, 100, 4900, 2), line(1, 5000, 7000, 1, 0), line(2, 900, 900, 3)]),
];

describe('questions', () => {
  it('names the city, with its country when that is told', () => {
    expect(question('city', { name: 'Lyon', within: 'France' })).toBe('Find Lyon (France)');
    expect(question('city', { name: 'Lyon', within: null })).toBe('Find Lyon');
    expect(question('flag', { name: null, within: null })).toBe('Whose flag is this?');
  });

  it('has a search wherever the name is not the question', () => {
    expect(canType('city')).toBe(false);
    expect(canType('orbit')).toBe(true);
    expect(canType('flag')).toBe(true);
  });
});

describe('results', () => {
  it('finds lines, totals and the way up', () => {
    expect(lineOf(results[1], 2)?.points).toBe(900);
    expect(lineOf(results[0], 2)).toBeNull();
    expect(perRound(results, 2)).toEqual([0, 900]);
    expect(climbed(results, 2, 1)).toBe(1);
    expect(climbed(results, 2, 0)).toBe(-1);
    expect(climbed(results, 1, 0)).toBe(0);
    expect(standing(results[1]!).map((s) => s.seat)).toEqual([1, 0, 2]);
  });

  it('knows the best and the worst round, and none where there is only one', () => {
    const ends = extremes(results, 0);
    expect(ends?.best.round).toBe(1);
    expect(ends?.worst.round).toBe(2);
    expect(extremes(results, 2)).toBeNull();
    // Equal points: the nearer pin was the better one.
    const even = [
      result(1, [line(0, 0, 0, 1, 9e6)]),
      result(2, [line(0, 0, 0, 1, 8e6)]),
      result(3, [line(0, 0, 0, 1, null)]),
    ];
    expect(extremes(even, 0)?.best.round).toBe(2);
    expect(extremes(even, 0)?.worst.round).toBe(3);
  });

  it('counts the bonus into the most that can be had', () => {
    const settings = {
      game: 'atlas',
      rounds: 2,
      seconds: 60,
      region: 'world',
      difficulty: 'easy',
      kinds: ['city'],
    } as const;
    expect(maxPoints({ settings: { ...settings, kinds: ['city'], time_bonus: false }, results })).toBe(
      10_000,
    );
    expect(maxPoints({ settings: { ...settings, kinds: ['city'], time_bonus: true }, results })).toBe(11_000);
  });

  it('tells how far away a pin was, and that it was in the country', () => {
    expect(awayText(line(0, 1, 1, 1, 4230), 'city')).toBe('4.2 km away');
    expect(awayText(line(0, 1, 1, 1, 0), 'city')).toBe('0 m away');
    expect(awayText(line(0, 1, 1, 1, 0), 'flag')).toBe('Inside!');
    expect(awayText(line(0, 0, 0, 1, null), 'city')).toBe('No pin this time');
    expect(awayText(null, 'city')).toBe('No pin this time');
  });

  it('says a result to those who played, had no pin, or watch', () => {
    const one = result(1, [line(0, 1, 1, 1, 4230), line(1, 0, 0, 2, null)]);
    expect(spokenResult(one, 0)).toBe('It was Lyon. You are 4.2 km away: 1 point. You are number 1.');
    expect(spokenResult(one, 1)).toBe('It was Lyon. You had no pin. You are number 2.');
    expect(spokenResult(one, null)).toBe('It was Lyon.');
  });

  it('has a word for points', () => {
    expect([5000, 4500, 2500, 3].map(verdict)).toEqual(['perfect', 'great', 'good', 'far']);
  });
});

describe('who is waited for', () => {
  const seat = (n: number, change: Partial<SeatView> = {}): SeatView => ({
    seat: n,
    locked: false,
    connected: true,
    left: false,
    waiting: false,
    total: 0,
    rank: 1,
    ...change,
  });

  it('only those who are there and have not locked', () => {
    const seats = [
      seat(0),
      seat(1, { locked: true }),
      seat(2, { connected: false }),
      seat(3, { left: true }),
      seat(4, { waiting: true }),
    ];
    expect(awaited(seats)).toEqual([0]);
  });

  it('names a few and counts the rest', () => {
    expect(nameList(['Ada', 'Ben'])).toBe('Ada, Ben');
    expect(nameList(['Ada', 'Ben', 'Cem', 'Dora'])).toBe('Ada, Ben, Cem and one more');
    expect(nameList(['Ada', 'Ben', 'Cem', 'Dora', 'Eva'])).toBe('Ada, Ben, Cem and 2 more');
  });
});

describe('sharing', () => {
  it('paints a square a round, ten a line', () => {
    expect(squares([5000, 3200, 1600, 20, 0])).toBe('🟩🟨🟧🟥⬛');
    expect(
      squares(Array.from({ length: 12 }, () => 5000))
        .split('\n')
        .map((l) => [...l].length),
    ).toEqual([10, 2]);
  });

  it('tells points but no place: it can be sent before others play', () => {
    const { title, text } = shareText(
      'Daily of 21 November',
      18_230,
      25_000,
      [5000, 3200, 4800, 5000, 230],
      formatNumber,
    );
    expect(title).toBe('Snug Atlas · Daily of 21 November');
    expect(text).toBe('Snug Atlas · Daily of 21 November\n18,230 / 25,000\n🟩🟨🟩🟩🟥');
    expect(text).not.toMatch(/Lyon|France/);
  });
});

describe('numbers', () => {
  it.each([
    [0, '0 m'],
    [849.6, '850 m'],
    [1000, '1 km'],
    [4230, '4.2 km'],
    [9960, '10 km'],
    [412_300, '412 km'],
    [14_965_400, '14,965 km'],
  ])('%d metres read %s', (metres, text) => expect(formatDistance(metres)).toBe(text));

  it('eases from 0 to 1 and stays there', () => {
    expect(eased(0, 100, 50)).toBe(0);
    expect(eased(150, 100, 50)).toBe(1);
    expect(eased(1e6, 100, 50)).toBe(1);
    expect(eased(110, 100, 50)).toBeLessThan(eased(120, 100, 50));
  });
});
