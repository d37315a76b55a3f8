import { describe, expect, it } from 'vitest';
import { backoff, retryAfter } from './backoff';
import { MatchClock } from './clock';

function clockAt(start: number) {
  let local = start;
  const clock = new MatchClock(() => local);
  return { clock, pass: (ms: number) => (local += ms) };
}

describe('match time', () => {
  it('goes on by itself between readings', () => {
    const { clock, pass } = clockAt(5000);
    clock.read({ now: 100, running: true });
    pass(250);
    expect(clock.now()).toBe(350);
  });

  it('stands still while it does not run', () => {
    const { clock, pass } = clockAt(0);
    clock.read({ now: 100, running: true });
    pass(50);
    clock.read({ now: 150, running: false });
    pass(10_000);
    expect(clock.now()).toBe(150);
    expect(clock.running).toBe(false);
    clock.read({ now: 150, running: true });
    pass(5);
    expect(clock.now()).toBe(155);
  });

  it('is not set back by a reading that was long under way', () => {
    const { clock, pass } = clockAt(0);
    clock.read({ now: 1000, running: true });
    pass(500);
    clock.read({ now: 1300, running: true });
    expect(clock.now()).toBe(1500);
  });

  it('is set ahead by a reading that came faster', () => {
    const { clock, pass } = clockAt(0);
    clock.read({ now: 1000, running: true });
    pass(500);
    clock.read({ now: 1620, running: true });
    expect(clock.now()).toBe(1620);
  });

  it('follows a jump back, as after a rebuild', () => {
    const { clock, pass } = clockAt(0);
    clock.read({ now: 60_000, running: true });
    pass(5000);
    clock.read({ now: 61_000, running: true });
    expect(clock.now()).toBe(61_000);
  });

  it('adds the way here when it is known', () => {
    const { clock } = clockAt(0);
    clock.read({ now: 1000, running: true }, 80);
    expect(clock.now()).toBe(1080);
  });
});

describe('backing off', () => {
  it('tries first within 0.2 to 1 s', () => {
    expect(backoff(0, 0)).toBe(200);
    expect(backoff(0, 0.999)).toBeLessThan(1000);
  });

  it('waits longer each time, up to 8 s', () => {
    for (let n = 0; n < 12; n += 1) {
      expect(backoff(n, 0.5)).toBeLessThanOrEqual(backoff(n + 1, 0.5));
      expect(backoff(n, 0.999)).toBeLessThanOrEqual(8000);
    }
    expect(backoff(50, 0)).toBe(4000);
  });

  it('never comes back before it was told to', () => {
    expect(retryAfter(1500, 0)).toBe(1500);
    expect(retryAfter(1500, 0.9)).toBeGreaterThan(1500);
  });
});
