import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Reply, Room } from '../app/contract';
import { toasts } from '../app/toast.svelte';
import type { AnyAction, AtlasView, RoomView } from '../lib/protocol';
import { atlas, match, member, room as sample, seat } from '../lib/realtime/samples';
import { Guess } from './guess.svelte';

const at = { lat: 45, lon: 4 };
const france = { name: 'France', detail: '', country: 'FR', point: at, kind: 'country' as const };

let view: RoomView;
let sent: AnyAction[];
let answer: ((reply: Reply) => void)[];
let guess: Guess;

const room: Room = {
  code: 'KITE42',
  get view() {
    return view;
  },
  connection: 'online',
  me: member(1),
  isHost: true,
  running: true,
  clock: () => 0,
  send: () => Promise.resolve({ ok: true, v: 1 }),
  act: (action) => {
    sent.push(action);
    return new Promise((done) => answer.push(done));
  },
  on: () => () => undefined,
};

function show(over: Partial<AtlasView>, paused = false) {
  view = sample({ match: match({ view: atlas(over), paused }) });
}
async function reply(to: number, what: Reply) {
  answer[to]?.(what);
  await Promise.resolve();
}
const good: Reply = { ok: true, v: 2 };
const bad = (message: string): Reply => ({ ok: false, error: { code: 'too_late', message } });
const told = () => toasts.list.map((x) => x.text);

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  answer = [];
  toasts.list = [];
  show({});
  guess = new Guess(() => room);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a pin', () => {
  it('is sent, and saved once the server has it', async () => {
    guess.pick(at, 'FR');
    // A city is asked for: the country under the pin says nothing.
    expect(guess.country).toBeNull();
    expect(sent).toEqual([{ game: 'atlas', do: 'pin', round: 1, at }]);
    expect(guess.saved).toBe(false);
    await reply(0, good);
    expect(guess.saved).toBe(true);
  });

  it('names its country where that is asked for, but leaves it to the server which one it is', () => {
    show({ kind: 'flag' });
    guess.pick(at, 'FR');
    expect(guess.country).toBe('FR');
    expect(sent).toEqual([{ game: 'atlas', do: 'pin', round: 1, at }]);
  });

  it('that a newer one overtook is not waited for', async () => {
    guess.pick(at, null);
    guess.pick({ lat: 1, lon: 2 }, null);
    await reply(0, bad('overtaken'));
    expect(told()).toEqual([]);
    expect(guess.saved).toBe(false);
    await reply(1, bad('refused'));
    expect(told()).toEqual(['refused']);
  });

  it.each<[string, Partial<AtlasView>, boolean]>([
    ['in a pause', {}, true],
    ['once locked', { seats: [seat(0, { locked: true })] }, false],
    ['by one who plays from the next round on', { seats: [seat(0, { waiting: true })] }, false],
    ['by one who watches', { seat: null }, false],
    ['in a result', { phase: 'result' }, false],
  ])('is not set %s', (_, over, paused) => {
    show(over, paused);
    expect(guess.open).toBe(false);
    guess.pick(at, null);
    expect(sent).toEqual([]);
  });
});

describe('a typed place', () => {
  it('is sent by name where a country is asked for, and the map goes there', () => {
    show({ kind: 'flag' });
    guess.choose(france);
    expect(guess.typed).toBe('France');
    expect(guess.country).toBe('FR');
    expect(sent).toEqual([{ game: 'atlas', do: 'pin', round: 1, at, country: 'FR' }]);
    const once = guess.wish;
    expect(once?.points).toEqual([at]);
    // Chosen again, it is gone to again.
    guess.choose(france);
    expect(guess.wish?.key).not.toBe(once?.key);
  });

  it('is a pin like any other where a place is asked for', () => {
    show({ kind: 'orbit' });
    guess.choose(france);
    expect(guess.country).toBeNull();
    expect(sent).toEqual([{ game: 'atlas', do: 'pin', round: 1, at }]);
  });
});

describe('locking', () => {
  it('needs a pin', () => {
    guess.lock();
    expect(sent).toEqual([]);
    expect(told()).toEqual(['Set a pin first']);
  });

  it('counts at once, and with what was named', () => {
    show({ kind: 'flag', pin: at, named: 'FR' });
    guess.lock();
    expect(sent).toEqual([{ game: 'atlas', do: 'lock', round: 1, at, country: 'FR' }]);
    expect([guess.locked, guess.open, guess.sending]).toEqual([true, false, true]);
  });

  it('is taken back when the server refuses it, and says why', async () => {
    show({ pin: at });
    guess.lock();
    await reply(0, bad('no'));
    expect([guess.locked, guess.open, guess.sending]).toEqual([false, true, false]);
    expect(told()).toEqual(['no']);
  });

  it('that came too late for its round is no news in the next', async () => {
    show({ pin: at });
    guess.lock();
    show({ round: 2 });
    guess.begin();
    expect(guess.open).toBe(true);
    await reply(0, bad('late'));
    expect(guess.open).toBe(true);
    expect(told()).toEqual([]);
  });
});

describe('what is next', () => {
  it('forgets in the result what was wished for, and in the next round all of it', () => {
    show({ kind: 'flag' });
    guess.choose(france);
    show({ kind: 'flag', phase: 'result' });
    guess.begin();
    expect([guess.wish, guess.country, guess.typed]).toEqual([null, null, 'France']);
    show({ kind: 'flag', round: 2 });
    guess.begin();
    expect([guess.typed, guess.saved]).toEqual(['', true]);
  });
});
