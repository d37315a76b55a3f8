/** Opens rooms. */
import { api, ApiError } from '../lib/api';
import { t } from '../lib/i18n';
import { preset, roomSettings, type Preset } from '../lib/presets';
import type { Created } from '../lib/types';
import { navigate } from './router.svelte';
import { session } from './session.svelte';
import { toast } from './toast.svelte';

interface Wish {
  settings?: unknown;
  daily?: true;
  challenge?: string;
}

async function open(wish: Wish, start: boolean): Promise<boolean> {
  try {
    await session.ensure();
    let room: Created;
    try {
      room = await api<Created>('/api/rooms', { method: 'POST', body: wish });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      // The session ended elsewhere in the meantime.
      await session.renew();
      room = await api<Created>('/api/rooms', { method: 'POST', body: wish });
    }
    navigate(`/r/${room.code}`, { state: start ? { start: true } : {} });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'daily_played') {
      const { match } = (error.body.details ?? {}) as { match?: unknown };
      navigate(typeof match === 'string' ? `/m/${match}` : '/daily');
      return true;
    }
    const message = error instanceof ApiError ? error.message : t('error.unexpected');
    toast(t('home.failed', { message }), 'bad');
    return false;
  }
}

/** A room for one, and off it goes. */
export const playSolo = (name: Preset = 'classic') => open({ settings: roomSettings(preset(name)) }, true);
/** A room to invite friends to. */
export const openRoom = () => open({ settings: roomSettings() }, false);
export const playDaily = () => open({ daily: true }, true);
export const playChallenge = (match: string) => open({ challenge: match }, true);
