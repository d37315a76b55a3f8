/**
 * The contract between the shell (rooms, pages, sockets) and a game's components. A game imports from here and from
 * `../lib/protocol`; the shell loads a game lazily, on game routes only.
 *
 * A game's folder (`src/atlas/`) has default-exporting components:
 * - `AtlasGame.svelte`    props `GameProps`: shown while a match runs (phases `round` and `result`)
 * - `AtlasSummary.svelte` props `SummaryProps`: shown once it is over, in the room and on `/m/{id}`
 * - `AtlasReplay.svelte`  props `ReplayProps`: plays a record again on `/m/{id}`
 *
 * Styles: colours, radii and shadows are the CSS variables of `src/app.css` (also Tailwind colours: `bg-paper`, `bg-card`,
 * `bg-sunken`, `text-ink`, `text-soft`, `border-line`, `bg-accent text-on-accent`, `text-accent-ink`, `text-teal-ink`, `bg-teal`
 * `text-on-teal`, `text-danger`), and the classes `.btn` with `.btn-primary | .btn-teal | .btn-quiet | .btn-danger | .btn-big | .btn-icon`,
 * `.card`, `.chip`, `.field`, `.display` (headline face), `.sr-only`. Both themes follow from the variables:
 * `document.documentElement.dataset.theme` is always `light` or `dark`, and `prefs.dark` tells it reactively.
 *
 * Layout: during a match the game gets the whole viewport below nothing: the shell draws no header, only small floating
 * pieces, and keeps clear the CSS variables `--game-top` (height of the shell's bar at the top of a match) and
 * `--game-corner` (size of the square at the bottom right where the chat button floats).
 */
import type {
  AnyAction,
  AnySettings,
  MatchTime,
  MemberView,
  RoomCommand,
  RoomEvent,
  RoomView,
  RoundResult,
  SeatId,
  ErrorBody,
} from '../lib/protocol';

/** Where the connection stands. `lost` is shown calmly, and only after two seconds. */
export type Connection = 'connecting' | 'online' | 'lost' | 'ended';

/** What became of a command. Never rejects: a command waits for the connection to come back until it is answered. */
export type Reply = { ok: true; v: number } | { ok: false; error: ErrorBody };

/** Hears an event; `before` is the view that it was folded into, `room.view` what that made of it. */
export type RoomListener = (event: RoomEvent, live: boolean, before: RoomView) => void;

/** A room as components see it. All properties are reactive (`$state`-backed getters). */
export interface Room {
  /** The room's code. */
  readonly code: string;
  /** All that this member may see; `null` until the first view. Replaced, never mutated. */
  readonly view: RoomView | null;
  /** Where the connection stands. */
  readonly connection: Connection;
  /** The viewer's own member line. */
  readonly me: MemberView | null;
  /** Whether the viewer is host. */
  readonly isHost: boolean;
  /** Whether match time runs. */
  readonly running: boolean;
  /**
   * Match time now in milliseconds: NOT reactive, ask on each animation frame or timer. Stands still while paused.
   */
  clock(): MatchTime;
  /** Sends a command; it is sent again after a reconnect until it is replied to. */
  send(command: RoomCommand): Promise<Reply>;
  /**
   * Acts in the match. A pin is applied to `view` at once, and only the newest is sent, at most two a second; a lock applies its
   * pin at once, and `locked` follows when the server has it for good.
   */
  act(action: AnyAction): Promise<Reply>;
  /**
   * Hears each event after it was folded into `view`. `live` is false for events that are caught up on after a reconnect (no
   * sound, no animation for those). Returns the function that stops it.
   */
  on(listener: RoomListener): () => void;
}

/** What a running game's component gets. */
export interface GameProps {
  /** The room; `room.view.match` is set while the component lives. */
  room: Room;
  /**
   * The player has seen the last round's result: the summary may follow. The shell keeps the game's component in phase
   * `finished` until then when it saw the match running, and shows the summary at once when it did not (a page load).
   */
  ondone?: () => void;
}

/** One seat of a record. */
export interface RecordSeat {
  seat: SeatId;
  /** Player id, for the profile. */
  user: string;
  name: string;
  account: boolean;
  rank: number;
  points: number;
  left: boolean;
}

/** `GET /api/matches/{id}`: a finished match. */
export interface MatchRecord {
  id: string;
  game: 'atlas';
  settings: AnySettings;
  /** Name of the preset the settings equal, `null` when they are custom. */
  preset: string | null;
  /** Date of the daily, if it is one. */
  daily: string | null;
  /** Id of the match that this challenge repeats. */
  challenge: string | null;
  /** Unix milliseconds. */
  started_at: number;
  finished_at: number;
  seats: RecordSeat[];
  results: RoundResult[];
}

/** Props of a summary. */
export interface SummaryProps {
  /** The finished match. In a room it is made from the view (times are then 0 and `seats[].user` may be ''). */
  record: MatchRecord;
  /** The viewer's seat, `null` when they did not play. */
  mine: SeatId | null;
  /** Address of a round's picture by its token. */
  picture: (token: string) => string;
}

/** Props of a replay. */
export interface ReplayProps {
  record: MatchRecord;
  mine: SeatId | null;
  picture: (token: string) => string;
}

export { prefs } from './prefs.svelte';
export { toast } from './toast.svelte';
export { announce } from './announce.svelte';
export { navigate } from './router.svelte';
export { playSound } from '../lib/sound';
/**
 * `const t = catalogue(en)` with `en` a flat object of texts: `t('key', { n: 3 })` fills `{n}`; a key whose text is
 * `{ one, other }` picks by `n` with Intl.PluralRules.
 */
export { catalogue, locale, formatNumber, formatDistance, countryName } from '../lib/i18n';
/** The creature of a name: `<Avatar name size={40} />`. */
export { default as Avatar } from '../ui/Avatar.svelte';
/** Copies or shares with fallbacks for plain http: `await share({title, text, url})`, `await copy(text)`. */
export { share, copy } from '../lib/share';
/** `GET` as JSON with typed errors (`ApiError` with `code`, `message`). */
export { api, ApiError } from '../lib/api';
