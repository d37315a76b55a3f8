/** Which path shows which page. Pages other than the first are loaded when they are needed. */
import type { Component } from 'svelte';
import Home from '../pages/Home.svelte';

// Pages take their path's parameters as props; what they are is each page's own business.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Page = Component<any>;

export interface Route {
  /** `/r/:code` */
  pattern: string;
  load: () => Promise<{ default: Page }> | { default: Page };
}

export const routes: Route[] = [
  { pattern: '/', load: () => ({ default: Home }) },
  { pattern: '/rooms', load: () => import('../pages/Rooms.svelte') },
  { pattern: '/r/:code', load: () => import('../pages/Room.svelte') },
  { pattern: '/daily', load: () => import('../pages/Daily.svelte') },
  { pattern: '/c/:id', load: () => import('../pages/Challenge.svelte') },
  { pattern: '/m/:id', load: () => import('../pages/Match.svelte') },
  { pattern: '/history', load: () => import('../pages/History.svelte') },
  { pattern: '/leaderboard', load: () => import('../pages/Leaderboard.svelte') },
  { pattern: '/u/:id', load: () => import('../pages/Profile.svelte') },
  { pattern: '/move/:code', load: () => import('../pages/Move.svelte') },
  { pattern: '/settings', load: () => import('../pages/Settings.svelte') },
  { pattern: '/credits', load: () => import('../pages/Credits.svelte') },
];

export const notFound: Route = { pattern: '*', load: () => import('../pages/NotFound.svelte') };

/** Parameters of `path` by `pattern`, `null` when it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/');
  const have = path.replace(/\/+$/, '').split('/');
  if (pattern === '/') return path === '/' || path === '' ? {} : null;
  if (want.length !== have.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const value = have[i] ?? '';
    if (part.startsWith(':')) {
      if (value === '') return null;
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        // A lone % is no address of ours.
        return null;
      }
    } else if (part !== value) {
      return null;
    }
  }
  return params;
}
