/** Views and frames for tests. */
import type { AnySettings, AtlasView, MatchView, MemberView, RoomView, SeatView } from '../protocol';
import { preset } from '../presets';

export const settings: AnySettings = preset('classic');

export function member(id: number, over: Partial<MemberView> = {}): MemberView {
  return {
    id,
    user: `usr_${id}`,
    name: `Player ${id}`,
    account: false,
    seat: null,
    watch: false,
    connected: true,
    ...over,
  };
}

export function seat(n: number, over: Partial<SeatView> = {}): SeatView {
  return { seat: n, locked: false, connected: true, left: false, waiting: false, total: 0, rank: 1, ...over };
}

export function atlas(over: Partial<AtlasView> = {}): AtlasView & { game: 'atlas' } {
  return {
    game: 'atlas',
    settings,
    phase: 'round',
    round: 1,
    kind: 'city',
    clue: { name: 'Lyon', within: null },
    picture: null,
    deadline: 60_000,
    seat: 0,
    pin: null,
    named: null,
    seats: [seat(0), seat(1)],
    votes: [],
    votes_needed: 0,
    results: [],
    standings: null,
    ...over,
  };
}

export function match(over: Partial<MatchView> = {}): MatchView {
  return {
    id: 'mat_1',
    paused: false,
    names: ['Player 1', 'Player 2'],
    daily: null,
    challenge: null,
    view: atlas(),
    ...over,
  };
}

export function room(over: Partial<RoomView> = {}): RoomView {
  return {
    id: 'rom_1',
    code: 'KITE42',
    you: 1,
    host: 1,
    settings: { public: false, late: 'next_round', game: settings },
    members: [member(1), member(2)],
    chat: [],
    match: null,
    ended: null,
    ...over,
  };
}
