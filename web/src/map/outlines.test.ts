import { describe, expect, it } from 'vitest';
import type { Topology } from 'topojson-specification';
import { read } from './outlines';

/** Two countries side by side, a neutral one beside them, and an island of nobody. */
const topology = {
  type: 'Topology',
  arcs: [
    // The border between the first two, then what is left of each.
    [
      [10, 0],
      [10, 10],
    ],
    [
      [10, 10],
      [0, 10],
      [0, 0],
      [10, 0],
    ],
    [
      [10, 10],
      [30, 10],
      [30, 0],
      [10, 0],
    ],
    [
      [40, 0],
      [40, 5],
      [45, 5],
      [45, 0],
      [40, 0],
    ],
    [
      [60, 0],
      [60, 5],
      [65, 5],
      [65, 0],
      [60, 0],
    ],
  ],
  objects: {
    land: {
      type: 'GeometryCollection',
      geometries: [
        { type: 'Polygon', id: 'FR', arcs: [[-2, -1]] },
        { type: 'Polygon', id: 'DE', arcs: [[0, 2]] },
        { type: 'Polygon', id: 'XK', arcs: [[3]] },
        { type: 'Polygon', id: 'x1', arcs: [[4]] },
      ],
    },
  },
} as unknown as Topology;

describe('the coarse outlines', () => {
  const { countries, bySize } = read(topology);
  const by = (iso: string) => countries.find((c) => c.iso === iso);

  it('names countries, and leaves neutral areas and those of nobody unnamed', () => {
    expect(by('FR')?.name).toBe('France');
    expect(by('DE')?.neutral).toBe(false);
    for (const iso of ['XK', 'x1']) {
      expect(by(iso)?.neutral).toBe(true);
      expect(by(iso)?.name).toBe('');
    }
  });

  it('gives neighbours different tints', () => {
    expect(by('FR')?.tint).not.toBe(by('DE')?.tint);
  });

  it('puts the largest first', () => {
    expect(bySize).toHaveLength(4);
    expect(by('DE')?.width).toBeCloseTo(20, 0);
  });
});
