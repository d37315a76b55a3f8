import { describe, expect, it } from 'vitest';
import type { MatchRecord, RecordSeat } from '../app/contract';
import { formatDate } from '../lib/i18n';
import { settings } from '../lib/realtime/samples';
import { headOf, heroOf, isSolo, outOf, ranked, titleOf, told } from './summary';

const seat = (n: number, name: string, rank: number, points: number): RecordSeat => ({
  seat: n,
  user: `usr_${n}`,
  name,
  account: false,
  rank,
  points,
  left: false,
});
const record = (seats: RecordSeat[], over: Partial<MatchRecord> = {}): MatchRecord => ({
  id: 'mat_1',
  game: 'atlas',
  settings: { ...settings, time_bonus: false },
  preset: null,
  daily: null,
  challenge: null,
  started_at: 0,
  finished_at: 0,
  seats,
  results: [
    {
      round: 1,
      kind: 'city',
      clue: { name: 'Lyon', within: null },
      picture: null,
      answer: { name: 'Lyon', country: 'FR', country_name: 'France', point: { lat: 45, lon: 4 } },
      seats: [{ seat: 0, at: null, distance_m: null, points: 3200, bonus: 0, total: 3200, rank: 1 }],
    },
  ],
  ...over,
});

const [ada, ben, cem] = [seat(0, 'Ada', 2, 3200), seat(1, 'Ben', 1, 4000), seat(2, 'Cem', 2, 3200)];

describe('who is told of', () => {
  it('is the viewer, or the winner when they did not play', () => {
    expect(ranked([ada, ben, cem]).map((s) => s.name)).toEqual(['Ben', 'Ada', 'Cem']);
    expect(heroOf(record([ada, ben]), 0)).toBe(ada);
    expect(heroOf(record([ada, ben]), null)).toBe(ben);
    expect(heroOf(record([]), null)).toBeNull();
  });

  it('wins, shares the win, or was alone', () => {
    expect(titleOf(record([ada, ben]), 1)).toBe('You win!');
    expect(titleOf(record([ada, ben]), 0)).toBe('Ben wins!');
    expect(titleOf(record([ada, ben]), null)).toBe('Ben wins!');
    expect(titleOf(record([seat(0, 'Ada', 1, 9), seat(1, 'Ben', 1, 9)]), 0)).toBe('Ada, Ben share the win!');
    expect(titleOf(record([ada]), 0)).toBe('Your journey');
    expect(isSolo(record([ada]))).toBe(true);
  });
});

describe('what was played', () => {
  it.each<[Partial<MatchRecord>, string]>([
    [{ daily: '2026-11-21', preset: 'classic' }, `Daily of ${formatDate('2026-11-21')}`],
    [{ challenge: 'mat_0', preset: 'classic' }, 'Challenge'],
    [{ preset: 'classic' }, 'Classic'],
    [{}, 'Own rules'],
  ])('%o is %s', (over, head) => expect(headOf(record([ada], over))).toBe(head));

  it('is told with points and squares', () => {
    expect(outOf(record([ada]))).toBe('of 5,000 points');
    expect(told(record([ada], { preset: 'quick' }), ada)).toEqual({
      title: 'Snug Atlas · Quick',
      text: 'Snug Atlas · Quick\n3,200 / 5,000\n🟨',
    });
  });
});
