import { describe, expect, it } from 'vitest';
import {
  angleBetween,
  boxAround,
  fitBox,
  greatCircle,
  latOfMercatorY,
  mercatorY,
  middle,
  nearestLon,
  reach,
  roughMetres,
  samePoint,
  stepDegrees,
  tidy,
  wrapLon,
} from './geo';

const p = (lat: number, lon: number) => ({ lat, lon });

describe('longitudes', () => {
  it.each([
    [0, 0],
    [180, -180],
    [-180, -180],
    [181, -179],
    [-181, 179],
    [540, -180],
    [725, 5],
    [-1085, -5],
  ])('wraps %d to %d', (lon, wrapped) => expect(wrapLon(lon)).toBeCloseTo(wrapped, 9));

  it('finds the copy of the world that is nearest', () => {
    expect(nearestLon(-179, 178)).toBe(181);
    expect(nearestLon(179, -178)).toBe(-181);
    expect(nearestLon(10, 12)).toBe(10);
    expect(nearestLon(10, 730)).toBe(730);
  });

  it('makes a proper place of any', () => {
    expect(tidy(p(97, 190))).toEqual(p(90, -170));
    expect(tidy(p(45.123456789, 16.000000001))).toEqual(p(45.12346, 16));
  });

  it('knows a place again across the antimeridian', () => {
    expect(samePoint(p(5, 180), p(5, -180))).toBe(true);
    expect(samePoint(p(5, 179.9), p(5, -180))).toBe(false);
    expect(samePoint(null, undefined)).toBe(true);
    expect(samePoint(null, p(0, 0))).toBe(false);
  });
});

describe('distances', () => {
  it('agrees with what is known', () => {
    // London to Paris is 344 km.
    expect(roughMetres(p(51.5074, -0.1278), p(48.8566, 2.3522)) / 1000).toBeCloseTo(343.6, 0);
    expect(angleBetween(p(90, 0), p(-90, 33))).toBeCloseTo(180, 6);
    expect(angleBetween(p(0, 179), p(0, -179))).toBeCloseTo(2, 6);
  });

  it('finds the middle, also over the antimeridian', () => {
    const m = middle([p(0, 170), p(0, -170)]);
    expect(Math.abs(m.lon)).toBeCloseTo(180, 6);
    expect(reach([p(0, 170), p(0, -170)])).toBeCloseTo(10, 6);
    expect(middle([p(0, 0), p(0, 180)])).toEqual(p(0, 0));
  });
});

describe('great circles', () => {
  const ways: [string, ReturnType<typeof p>, ReturnType<typeof p>][] = [
    ['over the Atlantic', p(51.5, -0.1), p(40.7, -74)],
    ['over the antimeridian', p(-17.8, 178), p(21.3, -157.8)],
    ['over the pole', p(60, 10), p(60, -170)],
    ['between opposite places', p(10, 20), p(-10, -160)],
    ['along a meridian', p(-30, 15), p(40, 15)],
    ['to the same place', p(12, 34), p(12, 34)],
  ];

  it.each(ways)('%s: starts and ends right, never jumps', (_, a, b) => {
    const path = greatCircle(a, b, 64);
    expect(path).toHaveLength(65);
    expect(path[0]).toEqual(a);
    expect(samePoint(path[64], b)).toBe(true);
    for (let i = 1; i < path.length; i++) {
      const [from, to] = [path[i - 1]!, path[i]!];
      expect(Number.isFinite(to.lat) && Number.isFinite(to.lon)).toBe(true);
      // Continuous: the way over the date line runs on past 180.
      expect(Math.abs(to.lon - from.lon)).toBeLessThanOrEqual(180.001);
      // Even steps: a great circle is the shortest way.
      expect(angleBetween(from, to)).toBeCloseTo(angleBetween(a, b) / 64, 1);
    }
  });

  it('is the shortest way', () => {
    const [a, b] = [p(35.7, 139.7), p(37.8, -122.4)];
    const path = greatCircle(a, b, 50);
    const length = path.slice(1).reduce((sum, q, i) => sum + angleBetween(path[i]!, q), 0);
    expect(length).toBeCloseTo(angleBetween(a, b), 4);
    expect(Math.max(...path.map((q) => q.lat))).toBeGreaterThan(45);
  });
});

describe('windows', () => {
  const pad = { top: 0, right: 0, bottom: 0, left: 0 };

  it('takes the narrowest box', () => {
    expect(boxAround([p(-18, 178), p(-14, -172)])).toEqual({ west: 178, east: 188, south: -18, north: -14 });
    expect(boxAround([p(1, -10), p(3, 20)])).toEqual({ west: -10, east: 20, south: 1, north: 3 });
    expect(boxAround([p(1, 7)])).toEqual({ west: 7, east: 7, south: 1, north: 1 });
  });

  it('shows all of the box and keeps clear of what covers it', () => {
    const size = { width: 1000, height: 600 };
    const cover = { top: 50, right: 20, bottom: 100, left: 400 };
    const box = boxAround([p(41, -9), p(52, 13), p(45, 4)]);
    const { centre, zoom } = fitBox(box, size, cover, 9);
    const world = 512 * 2 ** zoom;
    for (const q of [p(box.south, box.west), p(box.north, box.east)]) {
      const x = size.width / 2 + ((q.lon - centre.lon) / 360) * world;
      const y = size.height / 2 + (mercatorY(q.lat) - mercatorY(centre.lat)) * world;
      expect(x).toBeGreaterThanOrEqual(cover.left - 0.01);
      expect(x).toBeLessThanOrEqual(size.width - cover.right + 0.01);
      expect(y).toBeGreaterThanOrEqual(cover.top - 0.01);
      expect(y).toBeLessThanOrEqual(size.height - cover.bottom + 0.01);
    }
  });

  it('does not zoom in further than asked', () => {
    expect(fitBox(boxAround([p(45, 4)]), { width: 500, height: 500 }, pad, 6).zoom).toBe(6);
  });

  it('knows Mercator there and back', () => {
    for (const lat of [-84, -30, 0, 12.5, 66, 84]) expect(latOfMercatorY(mercatorY(lat))).toBeCloseTo(lat, 6);
  });

  it('steps by pixels, finer when near', () => {
    expect(stepDegrees(512, 0, 0).lon).toBeCloseTo(360, 9);
    expect(stepDegrees(36, 5, 0).lon).toBeCloseTo(stepDegrees(36, 4, 0).lon / 2, 9);
    expect(stepDegrees(36, 4, 60).lat).toBeCloseTo(stepDegrees(36, 4, 60).lon / 2, 9);
  });
});
