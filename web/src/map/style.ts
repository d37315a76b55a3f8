// The look of the base map, light and dark. Sources are our own server's only; names are drawn with local fonts (no glyphs).
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';

export interface Palette {
  water: string;
  /** Six soft tints; neighbours differ (`c` of the land layer). */
  land: [string, string, string, string, string, string];
  neutral: string;
  hatch: string;
  coast: string;
  river: string;
  border: string;
  urban: string;
  ice: string;
  shade: number;
  /** How bright the shading's lit slopes are. */
  lit: number;
  text: string;
  country: string;
  halo: string;
  /** The answer's country. */
  chosen: string;
  sky: string;
}

export const LIGHT: Palette = {
  water: '#8fc8e4',
  land: ['#fbf0d4', '#e6efc6', '#ffe3c0', '#d8edd8', '#fbdcd2', '#e7def2'],
  neutral: '#e7e4dc',
  hatch: '#b9b2a4',
  coast: '#5493b0',
  river: '#79b3d0',
  border: '#8b7796',
  urban: '#d5cbb8',
  ice: '#ffffff',
  shade: 0.3,
  lit: 0.86,
  text: '#3b3440',
  country: '#5c4a69',
  halo: '#fffdf8e0',
  chosen: '#f26b4e',
  sky: '#d9ecf5',
};

export const DARK: Palette = {
  water: '#0f3346',
  land: ['#46524a', '#4a5a43', '#5c5440', '#3d5a52', '#5d4b49', '#4d4d63'],
  neutral: '#34393a',
  hatch: '#5b6263',
  coast: '#4d8399',
  river: '#3a6d86',
  border: '#a58fb2',
  urban: '#4d4d45',
  ice: '#c9d7dc',
  shade: 0.5,
  lit: 0.3,
  text: '#e8e4da',
  country: '#cdbfd9',
  halo: '#0f2028e0',
  chosen: '#ff8a6b',
  sky: '#17394a',
};

/** Far out the map is a globe; closer than this it is flat. */
export const GLOBE: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  ['zoom'],
  4.2,
  'vertical-perspective',
  5.4,
  'mercator',
];

/** Layers that show names, switched together. */
export const NAME_LAYERS = ['country-names', 'city-dots', 'city-names'];

/** Layers that show the country of `country`. */
export const CHOSEN_LAYERS = ['chosen-fill', 'chosen-line'];

const zoomed = (...stops: [number, number][]): ExpressionSpecification => [
  'interpolate',
  ['linear'],
  ['zoom'],
  ...stops.flat(),
];

function names(p: Palette): LayerSpecification[] {
  const font = ['sans-serif'];
  return [
    {
      id: 'city-dots',
      type: 'circle',
      source: 'base',
      'source-layer': 'city_label',
      minzoom: 3,
      paint: {
        'circle-radius': zoomed([3, 1.6], [8, 3.2]),
        'circle-color': ['case', ['==', ['get', 'cap'], 1], p.chosen, p.halo],
        'circle-stroke-color': p.text,
        'circle-stroke-width': 1,
      },
    },
    {
      id: 'city-names',
      type: 'symbol',
      source: 'base',
      'source-layer': 'city_label',
      minzoom: 3,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': font,
        'text-size': zoomed([3, 11], [8, 14]),
        'text-anchor': 'left',
        'text-offset': [0.55, 0],
        'symbol-sort-key': ['get', 'rank'],
        'text-padding': 3,
      },
      paint: { 'text-color': p.text, 'text-halo-color': p.halo, 'text-halo-width': 1.3 },
    },
    {
      id: 'country-names',
      type: 'symbol',
      source: 'base',
      'source-layer': 'country_label',
      maxzoom: 6.5,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': font,
        'text-size': zoomed([1, 10], [5, 16]),
        'text-transform': 'uppercase',
        'text-letter-spacing': 0.1,
        'text-max-width': 7,
        'symbol-sort-key': ['get', 'rank'],
      },
      paint: { 'text-color': p.country, 'text-halo-color': p.halo, 'text-halo-width': 1.4 },
    },
  ];
}

export function mapStyle(p: Palette, origin: string): StyleSpecification {
  const layers: LayerSpecification[] = [
    { id: 'water', type: 'background', paint: { 'background-color': p.water } },
    {
      id: 'land',
      type: 'fill',
      source: 'base',
      'source-layer': 'land',
      paint: {
        'fill-color': [
          'case',
          ['==', ['get', 'neutral'], 1],
          p.neutral,
          [
            'match',
            ['get', 'c'],
            0,
            p.land[0],
            1,
            p.land[1],
            2,
            p.land[2],
            3,
            p.land[3],
            4,
            p.land[4],
            p.land[5],
          ],
        ],
        // Two neighbours that both fade at their edge let the water through.
        'fill-antialias': false,
      },
    },
    {
      id: 'urban',
      type: 'fill',
      source: 'base',
      'source-layer': 'urban',
      minzoom: 4,
      paint: { 'fill-color': p.urban, 'fill-opacity': 0.6 },
    },
    {
      id: 'ice',
      type: 'fill',
      source: 'base',
      'source-layer': 'ice',
      paint: { 'fill-color': p.ice, 'fill-opacity': 0.8 },
    },
    {
      id: 'hatch-disputed',
      type: 'fill',
      source: 'base',
      'source-layer': 'disputed',
      paint: { 'fill-pattern': 'hatch', 'fill-opacity': 0.7 },
    },
    {
      id: 'shade',
      type: 'raster',
      source: 'shade',
      paint: {
        'raster-opacity': zoomed([1, p.shade], [5, p.shade * 0.8], [8, p.shade * 0.25]),
        'raster-brightness-max': p.lit,
        'raster-fade-duration': 150,
      },
    },
    {
      id: 'chosen-fill',
      type: 'fill',
      source: 'base',
      'source-layer': 'land',
      filter: ['==', ['get', 'iso'], ''],
      paint: { 'fill-color': p.chosen, 'fill-opacity': 0.22 },
    },
    {
      id: 'rivers',
      type: 'line',
      source: 'base',
      'source-layer': 'rivers',
      minzoom: 2,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': p.river, 'line-width': zoomed([2, 0.4], [8, 2]) },
    },
    {
      id: 'lakes',
      type: 'fill',
      source: 'base',
      'source-layer': 'lakes',
      paint: { 'fill-color': p.water, 'fill-outline-color': p.coast },
    },
    {
      id: 'coast',
      type: 'line',
      source: 'base',
      'source-layer': 'coast',
      paint: { 'line-color': p.coast, 'line-width': zoomed([1, 0.5], [8, 1.3]) },
    },
    {
      id: 'border',
      type: 'line',
      source: 'base',
      'source-layer': 'border',
      filter: ['!=', ['get', 'd'], 1],
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': p.border,
        'line-width': zoomed([1, 0.5], [8, 1.6]),
        'line-opacity': zoomed([1, 0.6], [4, 0.9]),
      },
    },
    {
      id: 'border-disputed',
      type: 'line',
      source: 'base',
      'source-layer': 'border',
      filter: ['==', ['get', 'd'], 1],
      paint: {
        'line-color': p.border,
        'line-width': zoomed([1, 0.6], [8, 1.6]),
        'line-dasharray': [2.5, 2.5],
      },
    },
    {
      id: 'chosen-line',
      type: 'line',
      source: 'base',
      'source-layer': 'land',
      filter: ['==', ['get', 'iso'], ''],
      layout: { 'line-join': 'round' },
      paint: { 'line-color': p.chosen, 'line-width': zoomed([1, 1.4], [6, 2.6]) },
    },
    ...names(p),
  ];
  return {
    version: 8,
    projection: { type: GLOBE as never },
    // A thin haze around the globe, no blue wash over what is to be found.
    sky: {
      'sky-color': p.sky,
      'horizon-color': p.sky,
      'fog-color': p.sky,
      'sky-horizon-blend': 0.5,
      'horizon-fog-blend': 0.5,
      'fog-ground-blend': 1,
      'atmosphere-blend': ['interpolate', ['linear'], ['zoom'], 0, 0.25, 4, 0],
    },
    sources: {
      base: {
        type: 'vector',
        tiles: [`${origin}/map/tiles/{z}/{x}/{y}`],
        minzoom: 0,
        maxzoom: 6,
      },
      shade: {
        type: 'raster',
        tiles: [`${origin}/map/shade/{z}/{x}/{y}`],
        tileSize: 512,
        minzoom: 0,
        maxzoom: 4,
      },
    },
    layers,
  };
}

/** Diagonal strokes for areas that nobody is asked about. */
export function hatch(colour: string): ImageData {
  const n = 16;
  const canvas = document.createElement('canvas');
  canvas.width = n;
  canvas.height = n;
  const c = canvas.getContext('2d');
  if (!c) return new ImageData(n, n);
  c.strokeStyle = colour;
  c.lineWidth = 1.6;
  for (const o of [-n, 0, n]) {
    c.beginPath();
    c.moveTo(o - 2, n + 2);
    c.lineTo(o + n + 2, -2);
    c.stroke();
  }
  return c.getImageData(0, 0, n, n);
}
