import type { Room } from '../app/contract';
import { toast } from '../app/toast.svelte';
import type { RoomCommand } from '../lib/protocol';

/** Sends a command. Whether it was accepted; if not, the player is told why. */
export async function send(room: Room, command: RoomCommand): Promise<boolean> {
  const reply = await room.send(command);
  if (!reply.ok) toast(reply.error.message, 'bad');
  return reply.ok;
}
