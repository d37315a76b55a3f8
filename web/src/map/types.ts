// What the map shows and tells, the same for both engines (MapLibre, and d3-geo on canvas without WebGL).
import type { Point } from '../lib/protocol';

/** A pin of somebody: a round mark that may move aside (on a leg) when others are in the same place. */
export interface MapMark {
  /** Stable while it is shown. */
  id: string;
  at: Point;
  /** Read out and shown as a tooltip. */
  label: string;
  /** Avatar is drawn from this. */
  name: string;
  /** Any CSS colour: its ring. */
  colour: string;
  /** The viewer's own: drawn on top. */
  own?: boolean;
}

/** A great circle that grows from `from` to `to`. */
export interface MapLine {
  id: string;
  from: Point;
  to: Point;
  /** Any CSS colour. */
  colour: string;
  /** How much of it is drawn, 0–1; 1 if left out. */
  part?: number;
  /** Dots instead of a stroke (a journey from round to round). */
  dotted?: boolean;
}

/** A place that is told: the answer, or a stop of the journey. */
export interface MapSpot {
  id: string;
  at: Point;
  /** Shown beside it. */
  text: string;
  /** A number or sign within it. */
  sign?: string;
}

/** Pixels that are covered by other things and should stay free. */
export interface Padding {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

/** A wish to show something: carried out whenever `key` changes. */
export interface MapFocus {
  key: string | number;
  points: Point[];
  padding?: Partial<Padding>;
  /** Not closer than this. */
  maxZoom?: number;
}

/** How a pin was set. */
export type PickedBy = 'tap' | 'drag' | 'keys';

export interface ScreenPoint {
  x: number;
  y: number;
}

/** What a map engine draws and answers; pins, lines and the crosshair are laid over it by `WorldMap`. */
export interface MapEngine {
  /** Where a place is on screen; `shown` is false on the far side of the globe. */
  project(at: Point): ScreenPoint & { shown: boolean };
  /** What is at a place on screen; null beside the globe. */
  unproject(at: ScreenPoint): Point | null;
  /** Middle and zoom (0: the world in 512 px). */
  camera(): { centre: Point; zoom: number };
  /** Moves there; at once without `animate`. */
  moveTo(to: { centre?: Point; zoom?: number }, animate: boolean): void;
  /** Shows all these places. */
  fit(points: Point[], padding: Padding, maxZoom: number, animate: boolean): void;
  /** Country (ISO 3166-1 alpha-2) at a place, as far as the engine knows. */
  countryAt(at: Point): string | null;
}

/** What `WorldMap` gives its engine. */
export interface EngineProps {
  /** Names of countries and cities. Off during rounds. */
  labels: boolean;
  /** Country that is outlined. */
  country: string | null;
  /** A flat map even when far out: everything must be seen at once. */
  flat: boolean;
  dark: boolean;
  /** No moving camera. */
  still: boolean;
  /** Wheel and one finger belong to the page around it. */
  embedded: boolean;
  onready: (engine: MapEngine) => void;
  /** After each drawn frame: what lies over the map follows. */
  onframe: () => void;
  ontap: (at: Point) => void;
  onfail: (why: string) => void;
}
