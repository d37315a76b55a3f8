import { describe, expect, it } from 'vitest';
import { spread } from './spread';

const closest = (at: { x: number; y: number }[]) => {
  let least = Infinity;
  for (let i = 0; i < at.length; i++) {
    for (let j = i + 1; j < at.length; j++) {
      least = Math.min(least, Math.hypot(at[i]!.x - at[j]!.x, at[i]!.y - at[j]!.y));
    }
  }
  return least;
};

describe('pins in one place', () => {
  it('leaves free pins where they are', () => {
    const at = [
      { x: 0, y: 0 },
      { x: 100, y: 0 },
      { x: 0, y: 100 },
    ];
    expect(spread(at, 18)).toEqual(at);
  });

  it.each([2, 3, 8, 20])('parts %d pins in the very same place', (n) => {
    const out = spread(
      Array.from({ length: n }, () => ({ x: 50, y: 50 })),
      18,
      120,
    );
    // Nearly two radii: each face can be told from the others.
    expect(closest(out)).toBeGreaterThan(30);
  });

  it('stays near, gives the same each time and leaves what it was given alone', () => {
    const at = Array.from({ length: 6 }, (_, i) => ({ x: 10 + i, y: 20 - i }));
    const before = structuredClone(at);
    const once = spread(at, 18);
    expect(spread(at, 18)).toEqual(once);
    expect(at).toEqual(before);
    for (const [i, q] of once.entries()) expect(Math.hypot(q.x - at[i]!.x, q.y - at[i]!.y)).toBeLessThan(80);
  });
});
