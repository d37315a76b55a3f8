/** Folds room events into a room view: what a server-made view would say. Pure, and the only place where a view changes. */
import type { AnyAction, AnyEvent, AnyView, MatchView, MemberView, RoomEvent, RoomView } from '../protocol';
import { foldAtlas, foldOwnAction } from './fold-atlas';

/** The server keeps as many lines. */
export const CHAT_LINES = 50;

/** The view after one event. */
export function fold(view: RoomView, event: RoomEvent): RoomView {
  switch (event.type) {
    case 'member':
      return foldMember(view, event.member);
    case 'gone':
      return { ...view, members: view.members.filter((m) => m.id !== event.member) };
    case 'host':
      return { ...view, host: event.member };
    case 'settings':
      return { ...view, settings: event.settings };
    case 'chat':
      return { ...view, chat: [...view.chat, event.line].slice(-CHAT_LINES) };
    case 'started':
      return { ...view, match: event.match, ended: null };
    case 'paused':
      return withMatch(view, (m) => ({ ...m, paused: true }));
    case 'resumed':
      return withMatch(view, (m) => ({ ...m, paused: false }));
    case 'game':
      return withMatch(view, (m) => ({ ...m, view: foldGame(m.view, event.event) }));
    case 'ended':
      return withMatch({ ...view, ended: event.match_id }, (m) => ({
        ...m,
        view: { ...m.view, standings: event.standings },
      }));
    case 'aborted':
    case 'lobby':
      return { ...view, match: null, ended: null, members: view.members.map((m) => ({ ...m, seat: null })) };
    case 'closed':
      // The connection ends with it; the last view stays for the page to show what it was.
      return view;
  }
}

/** The view after several. */
export function foldAll(view: RoomView, events: readonly RoomEvent[]): RoomView {
  return events.reduce(fold, view);
}

/** The view as the player's own action makes it look, before the server has answered. */
export function foldOwn(view: RoomView, action: AnyAction): RoomView {
  return withMatch(view, (m) => ({ ...m, view: { ...foldOwnAction(m.view, action), game: m.view.game } }));
}

function withMatch(view: RoomView, change: (match: MatchView) => MatchView): RoomView {
  return view.match ? { ...view, match: change(view.match) } : view;
}

function foldGame(view: AnyView, event: AnyEvent): AnyView {
  return { ...foldAtlas(view, event), game: view.game };
}

function foldMember(view: RoomView, member: MemberView): RoomView {
  const known = view.members.some((m) => m.id === member.id);
  const members = known
    ? view.members.map((m) => (m.id === member.id ? member : m))
    : [...view.members, member];
  const next = { ...view, members };
  const { seat } = member;
  if (seat === null) return next;
  return withMatch(next, (m) => {
    // A late joiner's name; those who sat from the start keep the name that they sat down with.
    const names = [...m.names];
    names[seat] ??= member.name;
    const own = member.id === view.you ? { ...m.view, seat } : m.view;
    return { ...m, names, view: own };
  });
}
