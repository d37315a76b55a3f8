/** Who plays: a guest, made silently when first needed. */
import { api } from '../lib/api';

/** `GET /api/auth/me`: null when nobody is signed in. */
export interface Me {
  id: string;
  name: string;
  account: boolean;
  created_at: number;
}

/** Says that this device has been somebody: whoever has not need not ask, and be refused, on every first page. */
const KEY = 'snug.guest';

function wasHere(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true;
  }
}

function note(here: boolean): void {
  try {
    if (here) localStorage.setItem(KEY, '1');
    else localStorage.removeItem(KEY);
  } catch {
    // Then we ask each time.
  }
}

class Session {
  #me = $state<Me | null>(null);
  get me(): Me | null {
    return this.#me;
  }
  set me(me: Me | null) {
    this.#me = me;
    note(me !== null);
  }

  /** Whether the first look-up has been answered, either way. */
  known = $state(false);
  #looking: Promise<Me | null> | undefined;
  #making: Promise<Me> | undefined;

  /** Who is here, without making anybody. */
  look(): Promise<Me | null> {
    if (!this.#looking && !wasHere()) {
      this.known = true;
      return Promise.resolve(null);
    }
    this.#looking ??= api<Me | null>('/api/auth/me')
      .then((me) => (this.me = me))
      .catch(() => {
        // Not an answer: it may be asked again.
        this.#looking = undefined;
        return null;
      })
      .finally(() => (this.known = true));
    return this.#looking;
  }

  /** Who is here; makes a guest when nobody is. */
  async ensure(): Promise<Me> {
    const me = this.me ?? (await this.look());
    return me ?? this.renew();
  }

  /** A guest for sure: the server says whether the session still holds. */
  renew(): Promise<Me> {
    this.#making ??= api<{ user: Me }>('/api/auth/guest', { method: 'POST', body: {} })
      .then(({ user }) => {
        this.me = user;
        this.known = true;
        return user;
      })
      .finally(() => (this.#making = undefined));
    return this.#making;
  }

  async rename(name: string): Promise<void> {
    await this.ensure();
    this.me = await api<Me>('/api/auth/me', { method: 'PATCH', body: { name } });
  }

  async logout(): Promise<void> {
    await api('/api/auth/logout', { method: 'POST' });
    this.me = null;
    this.#looking = undefined;
  }
}

export const session = new Session();
