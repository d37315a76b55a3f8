import { catalogue } from '../app/contract';

export const t = catalogue({
  label: 'World map',
  help: 'Arrow keys move the crosshair, with Shift in small steps. Plus and minus zoom. Enter sets the pin. L locks it.',
  helpLook: 'Arrow keys move the crosshair. Plus and minus zoom.',
  loading: 'Unrolling the map…',
  failed: 'The map could not be loaded.',
  again: 'Try again',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  whole: 'Show everything',
  flat: 'Flat map',
  globe: 'Globe',
  credits: 'Map data and credits',
  creditText:
    'Map: Natural Earth. Relief: NASA SRTM by Marble. Cities: GeoNames (CC BY 4.0). Drawn with {engine}.',
  crosshair: 'Crosshair at {at}.',
  pinned: 'Pin at {at}.',
  northEast: '{lat} north, {lon} east',
  northWest: '{lat} north, {lon} west',
  southEast: '{lat} south, {lon} east',
  southWest: '{lat} south, {lon} west',
  yourPin: 'Your pin',
});
