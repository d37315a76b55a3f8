import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Staging } from './staging.svelte';

describe('the staging of a result', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is over unless it was begun, runs for four seconds, and is over again', () => {
    const staging = new Staging();
    expect(staging.elapsed).toBeGreaterThan(4000);
    staging.start();
    expect(staging.elapsed).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(staging.elapsed).toBeGreaterThan(900);
    expect(staging.elapsed).toBeLessThanOrEqual(1000);
    vi.advanceTimersByTime(4000);
    expect(staging.elapsed).toBe(1e6);
  });

  it('stops when the next round begins meanwhile', () => {
    const staging = new Staging();
    staging.start();
    vi.advanceTimersByTime(500);
    staging.skip();
    vi.advanceTimersByTime(500);
    expect(staging.elapsed).toBe(1e6);
  });
});
