import { describe, expect, it } from 'vitest';
import type { RoomEvent, RoomView } from '../protocol';
import { CHAT_LINES, fold, foldAll, foldOwn } from './fold';
import { atlas, match, member, room, settings } from './samples';

/** Folds into a frozen view, so that a fold that changes its input fails. */
function folded(view: RoomView, ...events: RoomEvent[]): RoomView {
  return events.reduce((v, e) => fold(deepFreeze(v), e), view);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

describe('members', () => {
  it('adds a new one at the end', () => {
    const view = folded(room(), { type: 'member', member: member(3) });
    expect(view.members.map((m) => m.id)).toEqual([1, 2, 3]);
  });

  it('replaces a known one where it stands', () => {
    const view = folded(room(), { type: 'member', member: member(1, { name: 'Ada', connected: false }) });
    expect(view.members.map((m) => m.name)).toEqual(['Ada', 'Player 2']);
    expect(view.members[0]?.connected).toBe(false);
  });

  it('names a late joiner’s seat, and keeps the name that others sat down with', () => {
    const view = folded(
      room({ match: match() }),
      { type: 'member', member: member(3, { seat: 2, name: 'Late' }) },
      { type: 'member', member: member(2, { seat: 1, name: 'Renamed' }) },
    );
    expect(view.match?.names).toEqual(['Player 1', 'Player 2', 'Late']);
  });

  it('tells the viewer their own late seat', () => {
    const watching = room({
      you: 3,
      members: [member(1), member(3)],
      match: match({ view: atlas({ seat: null }) }),
    });
    const view = folded(watching, { type: 'member', member: member(3, { seat: 2 }) });
    expect(view.match?.view.seat).toBe(2);
  });

  it('does not give the viewer another’s seat', () => {
    const view = folded(room({ match: match() }), { type: 'member', member: member(2, { seat: 1 }) });
    expect(view.match?.view.seat).toBe(0);
  });

  it('removes who is gone', () => {
    const view = folded(room(), { type: 'gone', member: 2, why: 'kicked' });
    expect(view.members.map((m) => m.id)).toEqual([1]);
  });

  it('knows the new host', () => {
    expect(folded(room(), { type: 'host', member: 2 }).host).toBe(2);
  });
});

describe('the room', () => {
  it('takes new settings', () => {
    const next = { public: true, late: 'watch', game: { ...settings, rounds: 9 } } as const;
    expect(folded(room(), { type: 'settings', settings: next }).settings).toEqual(next);
  });

  it('keeps the newest lines of chat', () => {
    const events: RoomEvent[] = Array.from({ length: CHAT_LINES + 5 }, (_, i) => ({
      type: 'chat',
      line: { member: 1, name: 'Ada', text: `${i}`, emote: false, at: i },
    }));
    const view = foldAll(room(), events);
    expect(view.chat).toHaveLength(CHAT_LINES);
    expect(view.chat[0]?.text).toBe('5');
    expect(view.chat.at(-1)?.text).toBe(`${CHAT_LINES + 4}`);
  });

  it('keeps its last view when it closes', () => {
    expect(folded(room(), { type: 'closed', why: 'host' })).toEqual(room());
  });
});

describe('a match', () => {
  it('starts with the view that comes with it, and forgets the record before', () => {
    const view = folded(room({ ended: 'mat_0' }), { type: 'started', match: match() });
    expect(view.match).toEqual(match());
    expect(view.ended).toBeNull();
  });

  it('pauses and goes on', () => {
    const paused = folded(room({ match: match() }), { type: 'paused' });
    expect(paused.match?.paused).toBe(true);
    expect(folded(paused, { type: 'resumed' }).match?.paused).toBe(false);
  });

  it('hands game events to the game', () => {
    const event = { game: 'atlas', is: 'locked', seat: 1 } as const;
    const view = folded(room({ match: match() }), { type: 'game', event });
    expect(view.match?.view.seats[1]?.locked).toBe(true);
    expect(view.match?.view.game).toBe('atlas');
  });

  it('ends with its record', () => {
    const standings = [{ seat: 0, rank: 1, points: 100, left: false }];
    const view = folded(room({ match: match() }), { type: 'ended', match_id: 'mat_1', standings });
    expect(view.ended).toBe('mat_1');
    expect(view.match?.view.standings).toEqual(standings);
  });

  it.each<RoomEvent>([{ type: 'lobby' }, { type: 'aborted', why: 'host' }])(
    'is cleared by $type',
    (event) => {
      const view = folded(room({ match: match(), ended: 'mat_1', members: [member(1, { seat: 0 })] }), event);
      expect(view.match).toBeNull();
      expect(view.ended).toBeNull();
      expect(view.members[0]?.seat).toBeNull();
    },
  );

  it.each<RoomEvent>([
    { type: 'paused' },
    { type: 'resumed' },
    { type: 'game', event: { game: 'atlas', is: 'locked', seat: 0 } },
  ])('is not invented by a late $type', (event) => {
    expect(folded(room(), event)).toEqual(room());
  });
});

describe('the player’s own action', () => {
  it('shows the pin at once', () => {
    const at = { lat: 1, lon: 2 };
    const view = foldOwn(deepFreeze(room({ match: match() })), {
      game: 'atlas',
      do: 'pin',
      round: 1,
      at,
      country: 'FR',
    });
    expect(view.match?.view.pin).toEqual(at);
    expect(view.match?.view.named).toBe('FR');
  });

  it('does nothing without a match', () => {
    expect(foldOwn(room(), { game: 'atlas', do: 'skip', round: 1 })).toEqual(room());
  });
});
