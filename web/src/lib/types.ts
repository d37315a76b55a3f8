/** Shapes of REST answers (see docs/api.md). Times are Unix milliseconds. */
import type { AnySettings, RoomSettings } from './protocol';

export interface RoomCard {
  code: string;
  host: string;
  members: number;
  connected: number;
  seats_left: number;
  game: 'atlas';
  settings: RoomSettings;
  playing: boolean;
  round: number | null;
  rounds: number | null;
}

export interface Created {
  id: string;
  code: string;
  link: string;
}

export interface Invite {
  code: string;
  link: string;
  lan: string[];
}

export interface DailyCard {
  date: string;
  ends_in_ms: number;
  played: string | null;
  room: string | null;
  players: number;
  settings: AnySettings;
}

export interface BoardMe {
  rank: number;
  value: number;
  games: number;
}

export interface BoardRow {
  rank: number;
  user: string;
  name: string;
  account: boolean;
  value: number;
  games: number;
}

export interface DailyRow {
  rank: number;
  user: string;
  name: string;
  account: boolean;
  points: number;
  match: string | null;
}

export interface Board {
  rows: BoardRow[];
  me: BoardMe | null;
  players: number;
  next: string | null;
}

export interface DailyBoard {
  rows: DailyRow[];
  me: DailyRow | null;
  next: string | null;
}

export interface MatchCard {
  id: string;
  game: 'atlas';
  preset: string | null;
  daily: string | null;
  challenge: string | null;
  finished_at: number;
  rounds: number;
  seats: number;
  rank: number;
  points: number;
  max_points: number;
  names: string[];
}

export interface Attempt {
  match: string;
  user: string;
  name: string;
  account: boolean;
  points: number;
  finished_at: number;
  per_round: number[];
}

export interface Profile {
  id: string;
  name: string;
  account: boolean;
  created_at: number;
  games: number;
  wins: number;
  points: number;
  bests: { preset: string; best: number; match: string }[];
}

export interface Transfer {
  code: string;
  link: string;
  expires_at: number;
}

export interface Country {
  iso: string;
  name: string;
  alts: string[];
  continent: string;
  lat: number;
  lon: number;
  bbox: [number, number, number, number];
  playable: boolean;
  cities: number;
}
