/** Says and sounds what happens in a room, for eyes that are elsewhere. */
import { announce } from '../app/announce.svelte';
import type { Room } from '../app/contract';
import { toast } from '../app/toast.svelte';
import { t } from '../lib/i18n';
import type { AtlasEvent, MemberView, RoomEvent, RoomView } from '../lib/protocol';
import { playSound } from '../lib/sound';

/** Starts narrating; returns the function that stops it. */
export function narrate(room: Room): () => void {
  return room.on((event, live, before) => {
    if (live) tell(room, event, before);
  });
}

function tell(room: Room, event: RoomEvent, before: RoomView): void {
  const { you } = before;
  // Those who leave are gone from the view by the time we hear of it.
  const name = (id: number) => before.members.find((m) => m.id === id)?.name ?? '';
  switch (event.type) {
    case 'member':
      tellMember(event.member, before);
      return;
    case 'gone': {
      if (event.member === you) return;
      const text = t(event.why === 'kicked' ? 'live.kicked' : 'live.left', { name: name(event.member) });
      toast(text);
      playSound('leave');
      return;
    }
    case 'host':
      toast(event.member === you ? t('live.youHost') : t('live.host', { name: name(event.member) }));
      return;
    case 'settings':
      if (!room.isHost) announce(t('settings.changed'));
      return;
    case 'chat':
      if (event.line.member === you) return;
      announce(t('live.chat', { name: event.line.name, text: event.line.text }));
      playSound('chat');
      return;
    case 'started':
      announce(t('live.started'));
      playSound('start');
      return;
    case 'paused':
      announce(t('live.paused'));
      return;
    case 'resumed':
      announce(t('live.resumed'));
      return;
    case 'ended':
      announce(t('live.ended'));
      return;
    case 'aborted':
      toast(t(event.why === 'host' ? 'live.aborted' : 'live.unreplayable'));
      return;
    case 'lobby':
      announce(t('live.lobby'));
      return;
    case 'game':
      tellGame(room, event.event);
      return;
    case 'closed':
      return;
  }
}

function tellMember(member: MemberView, view: RoomView): void {
  if (member.id === view.you) return;
  const before = view.members.find((m) => m.id === member.id);
  if (!before) {
    toast(t('live.joined', { name: member.name }), 'good');
    playSound('join');
  } else if (before.connected !== member.connected) {
    announce(t(member.connected ? 'live.back' : 'live.away', { name: member.name }));
  }
}

function tellGame(room: Room, event: AtlasEvent): void {
  const match = room.view?.match;
  if (!match) return;
  // Rounds and results are the game's own to tell.
  if (event.is === 'locked' && event.seat !== match.view.seat) {
    announce(t('live.locked', { name: match.names[event.seat] ?? '' }));
  }
}
