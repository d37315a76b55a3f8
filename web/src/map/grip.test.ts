import { describe, expect, it, vi } from 'vitest';
import { Grip } from './grip.svelte';
import type { MapEngine } from './types';

// A map on which a degree is a pixel; left of its zero meridian there is nothing.
const engine: MapEngine = {
  project: (at) => ({ x: at.lon, y: -at.lat, shown: true }),
  unproject: (at) => (at.x < 0 ? null : { lat: -at.y, lon: at.x }),
  camera: () => ({ centre: { lat: 0, lon: 0 }, zoom: 0 }),
  moveTo: () => undefined,
  fit: () => undefined,
  countryAt: () => null,
};

const finger = (clientX: number, clientY: number) =>
  ({
    clientX,
    clientY,
    pointerId: 1,
    currentTarget: { setPointerCapture: vi.fn() },
    preventDefault: vi.fn(),
    stopPropagation: vi.fn(),
  }) as unknown as PointerEvent;

const board = { getBoundingClientRect: () => ({ left: 100, top: 50 }) } as Element;

const made = (on: MapEngine | null = engine) =>
  new Grip(
    () => on,
    () => board,
  );

describe('dragging the own pin', () => {
  it('moves it by as much as the finger moves, wherever it was grabbed', () => {
    const grip = made();
    // The foot is at 140, 80 on screen; the finger is on the head, 30 pixels above it.
    grip.grab(finger(140, 50), { lat: -30, lon: 40 });
    expect(grip.dragging).toBe(true);
    expect(grip.held).toBeNull();
    grip.pull(finger(150, 55));
    expect(grip.held).toEqual({ lat: -35, lon: 50 });
    expect(grip.drop()).toEqual({ lat: -35, lon: 50 });
    expect([grip.dragging, grip.held]).toEqual([false, null]);
  });

  it('is no new pin when it was only touched', () => {
    const grip = made();
    grip.grab(finger(140, 80), { lat: -30, lon: 40 });
    expect(grip.drop()).toBeNull();
  });

  it('stays on the map when the finger leaves it', () => {
    const grip = made();
    grip.grab(finger(140, 80), { lat: -30, lon: 40 });
    grip.pull(finger(110, 80));
    grip.pull(finger(90, 80));
    expect(grip.drop()).toEqual({ lat: -30, lon: 10 });
  });

  it('does nothing before the map is there, and without a grip', () => {
    const early = made(null);
    early.grab(finger(140, 80), { lat: 0, lon: 0 });
    expect(early.dragging).toBe(false);
    const free = made();
    free.pull(finger(140, 80));
    expect(free.held).toBeNull();
  });
});
