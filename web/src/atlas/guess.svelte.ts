import { announce, playSound, toast, type Reply, type Room } from '../app/contract';
import type { AtlasAction, AtlasView, Point, SeatView } from '../lib/protocol';
import type { MapFocus } from '../map/types';
import { isCountryKind } from './game';
import type { Place } from './PlaceSearch.svelte';
import { t } from './texts';

/** The viewer's answer to the running round: what they said last, and what the server has of it. */
export class Guess {
  /** What was named, in rounds that ask for a country: known here before the server says so. */
  country = $state<string | null>(null);
  /** The place that was typed, by its name. */
  typed = $state('');
  /** A typed place is gone to: nobody saw where it is. */
  wish = $state.raw<MapFocus | null>(null);
  /** The server has the newest pin. */
  saved = $state(true);
  /** A lock is on its way. */
  sending = $state(false);
  /** A lock counts for the player as soon as it is meant. */
  #locking = $state(false);
  #newest = 0;
  #room: () => Room;

  constructor(room: () => Room) {
    this.#room = room;
  }

  get #play() {
    return this.#room().view?.match ?? null;
  }
  get #view(): AtlasView | null {
    return this.#play?.view ?? null;
  }
  get #inRound(): boolean {
    return this.#view?.phase === 'round';
  }

  /** The viewer's seat; null: they only watch. */
  get seat(): SeatView | null {
    const view = this.#view;
    return view?.seats.find((s) => s.seat === view.seat) ?? null;
  }
  /** That seat takes part in this round. */
  get playing(): boolean {
    const seat = this.seat;
    return seat !== null && !seat.waiting && !seat.left;
  }
  get locked(): boolean {
    return (this.seat?.locked ?? false) || this.#locking;
  }
  /** The pin can still be set. */
  get open(): boolean {
    return this.#inRound && this.playing && !this.locked && !(this.#play?.paused ?? false);
  }
  get pin(): Point | null {
    return this.#inRound ? (this.#view?.pin ?? null) : null;
  }

  /** Another round or its result: what was wished for and named belongs to the one before. */
  begin(): void {
    this.wish = null;
    this.country = null;
    if (!this.#inRound) return;
    this.typed = '';
    this.#locking = false;
    this.sending = false;
    this.saved = true;
  }

  /** A place on the map; `country` is what the map shows there. */
  pick(at: Point, country: string | null): void {
    this.country = this.#asksCountry() ? country : null;
    this.typed = '';
    this.#set(at);
  }

  /** A place by its name. */
  choose(place: Place): void {
    const asked = this.#asksCountry();
    this.country = asked ? place.country : null;
    this.typed = place.name;
    this.wish = {
      key: `place:${this.#newest}:${place.name}`,
      points: [place.point],
      maxZoom: place.kind === 'country' ? 4 : 5.5,
    };
    this.#set(place.point, asked ? place.country : undefined);
  }

  lock(): void {
    const view = this.#view;
    if (!this.open || !view) return;
    const at = this.pin;
    if (!at) {
      toast(t('lock.noPin'));
      announce(t('lock.noPin'));
      return;
    }
    this.#locking = true;
    this.sending = true;
    playSound('lock');
    announce(t('locked.you'));
    const round = view.round;
    this.#act({ do: 'lock', round, at, ...(view.named ? { country: view.named } : {}) }).then(
      (reply) => {
        this.sending = false;
        if (reply.ok || this.#view?.round !== round) return;
        this.#locking = false;
        if (this.#inRound) toast(reply.error.message, 'bad');
      },
      () => {
        this.sending = false;
        this.#locking = false;
      },
    );
  }

  #set(at: Point, country?: string): void {
    const view = this.#view;
    if (!this.open || !view) return;
    const number = ++this.#newest;
    this.saved = false;
    playSound('pin');
    this.#act({ do: 'pin', round: view.round, at, ...(country ? { country } : {}) }).then(
      (reply) => {
        // Only what became of the newest pin matters.
        if (number !== this.#newest) return;
        this.saved = reply.ok;
        if (!reply.ok && this.#inRound) toast(reply.error.message, 'bad');
      },
      () => undefined,
    );
  }

  #asksCountry(): boolean {
    const view = this.#view;
    return view !== null && isCountryKind(view.kind);
  }

  #act(action: AtlasAction): Promise<Reply> {
    return this.#room().act({ game: 'atlas', ...action });
  }
}
