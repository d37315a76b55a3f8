/** Whether the device can draw the map on WebGL; `?nowebgl` in the address says no, for those whom it troubles and for tests. */
export function hasWebgl(): boolean {
  if (new URLSearchParams(location.search).has('nowebgl')) return false;
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}
