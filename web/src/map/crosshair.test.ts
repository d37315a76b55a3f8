import { describe, expect, it } from 'vitest';
import { stepFrom, wellInside } from './crosshair';

describe('a step of the crosshair', () => {
  it('is as long on screen however near the map is', () => {
    const from = { lat: 0, lon: 10 };
    // 512 pixels are the whole world at zoom 0.
    expect(stepFrom(from, [1, 0], 64, 0)).toEqual({ lat: 0, lon: 55 });
    expect(stepFrom(from, [1, 0], 64, 3).lon).toBeCloseTo(15.625);
    expect(stepFrom(from, [0, -1], 64, 3).lat).toBeCloseTo(-5.625);
  });

  it('goes on beyond the antimeridian and ends before the poles', () => {
    expect(stepFrom({ lat: 0, lon: 170 }, [1, 0], 64, 0).lon).toBe(-145);
    expect(stepFrom({ lat: 84, lon: 0 }, [0, 1], 64, 0).lat).toBe(85);
    expect(stepFrom({ lat: -84, lon: 0 }, [0, -1], 64, 0).lat).toBe(-85);
  });
});

describe('the camera', () => {
  const box = { clientWidth: 1000, clientHeight: 500 };

  it('follows where the crosshair nears the edge, or is behind the globe', () => {
    expect(wellInside({ x: 500, y: 250, shown: true }, box)).toBe(true);
    expect(wellInside({ x: 500, y: 250, shown: false }, box)).toBe(false);
    expect(wellInside({ x: 159, y: 250, shown: true }, box)).toBe(false);
    expect(wellInside({ x: 841, y: 250, shown: true }, box)).toBe(false);
    expect(wellInside({ x: 500, y: 99, shown: true }, box)).toBe(false);
    expect(wellInside({ x: 500, y: 401, shown: true }, box)).toBe(false);
  });
});
