import { describe, expect, it } from 'vitest';
import type { Point, RoundResult } from '../lib/protocol';
import { seatColour } from '../map/colours';
import { journeyLines, journeyPoints, journeySpots, roundLines, roundMarks, roundPoints } from './scene';

const result = (round: number, answer: Point, pins: (Point | null)[]): RoundResult => ({
  round,
  kind: 'city',
  clue: { name: 'Lyon', within: null },
  picture: null,
  answer: { name: 'Lyon', country: 'FR', country_name: 'France', point: answer },
  seats: pins.map((at, seat) => ({
    seat,
    at,
    distance_m: at ? 1 : null,
    points: 0,
    bonus: 0,
    total: 0,
    rank: 1,
  })),
});

const lyon = { lat: 45, lon: 4 };
const lima = { lat: -12, lon: -77 };
const [here, there] = [
  { lat: 50, lon: 10 },
  { lat: -20, lon: -60 },
];
const first = result(1, lyon, [here, null, there]);
const results = [first, result(2, lima, [null, here])];

describe('one round on the map', () => {
  it('shows those who set a pin, the viewer as such', () => {
    const marks = roundMarks(first, (seat) => `P${seat}`, 2);
    expect(marks.map((m) => [m.id, m.at, m.name, m.own])).toEqual([
      ['1-0', here, 'P0', false],
      ['1-2', there, 'P2', true],
    ]);
  });

  it('draws a line from each pin to the answer, as far as it has grown', () => {
    expect(roundLines(first, 0.5)).toEqual([
      { id: '0', from: here, to: lyon, colour: seatColour(0), part: 0.5 },
      { id: '2', from: there, to: lyon, colour: seatColour(2), part: 0.5 },
    ]);
    expect(roundPoints(first)).toEqual([lyon, here, there]);
  });
});

describe('the journey', () => {
  it('goes from answer to answer, with the pins of one seat beside it', () => {
    expect(journeySpots(results).map((s) => s.sign)).toEqual(['1', '2']);
    expect(journeyLines(results, 0).map((l) => [l.id, l.from, l.to])).toEqual([
      ['way-1', lyon, lima],
      ['own-1', here, lyon],
    ]);
    expect(journeyPoints(results, 0)).toEqual([lyon, here, lima]);
  });

  it('is shown without pins when nobody is looked at', () => {
    expect(journeyLines(results, null).map((l) => l.id)).toEqual(['way-1']);
    expect(journeyPoints(results, null)).toEqual([lyon, lima]);
  });
});
