// Where the crosshair goes that the arrow keys move. Pure.
import type { Point } from '../lib/protocol';
import { stepDegrees, wrapLon } from './geo';
import type { ScreenPoint } from './types';

/** East and north, each −1, 0 or 1. */
export type Direction = readonly [east: number, north: number];

export const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** A step of so many pixels at this zoom. It ends before the poles, where a flat map has an edge. */
export function stepFrom(from: Point, [east, north]: Direction, pixels: number, zoom: number): Point {
  const by = stepDegrees(pixels, zoom, from.lat);
  return {
    lat: Math.max(-85, Math.min(85, from.lat + north * by.lat)),
    lon: wrapLon(from.lon + east * by.lon),
  };
}

/** Far enough from the edge that the camera need not follow. */
export function wellInside(
  at: ScreenPoint & { shown: boolean },
  box: { clientWidth: number; clientHeight: number },
): boolean {
  const margin = { x: box.clientWidth * 0.16, y: box.clientHeight * 0.2 };
  return (
    at.shown &&
    at.x > margin.x &&
    at.x < box.clientWidth - margin.x &&
    at.y > margin.y &&
    at.y < box.clientHeight - margin.y
  );
}
