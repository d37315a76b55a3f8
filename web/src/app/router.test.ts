import { describe, expect, it } from 'vitest';
import { followLinks, navigate, router, state } from './router.svelte';
import { match, routes } from './routes';

describe('matching', () => {
  it('takes parameters from the path', () => {
    expect(match('/r/:code', '/r/KITE42')).toEqual({ code: 'KITE42' });
    expect(match('/r/:code', '/r/KITE42/')).toEqual({ code: 'KITE42' });
    expect(match('/m/:id', '/m/mat%201')).toEqual({ id: 'mat 1' });
  });

  it.each([
    ['/r/:code', '/r/'],
    ['/r/:code', '/r/a/b'],
    ['/rooms', '/room'],
    ['/m/:id', '/m/%'],
    ['/', '/rooms'],
  ])('%s does not fit %s', (pattern, path) => {
    expect(match(pattern, path)).toBeNull();
  });

  it('has one page for each address of the design', () => {
    const paths = [
      '/',
      '/rooms',
      '/r/KITE42',
      '/daily',
      '/c/mat_1',
      '/m/mat_1',
      '/history',
      '/leaderboard',
      '/u/usr_1',
      '/move/x',
      '/settings',
      '/credits',
    ];
    for (const path of paths) expect(routes.filter((r) => match(r.pattern, path))).toHaveLength(1);
  });
});

describe('going', () => {
  it('changes the address and carries state', () => {
    navigate('/r/KITE42', { state: { start: true } });
    expect(location.pathname).toBe('/r/KITE42');
    expect(router.path).toBe('/r/KITE42');
    expect(state().start).toBe(true);
  });

  it('follows plain links, and only these', () => {
    const stop = followLinks();
    document.body.innerHTML =
      '<a id="ours" href="/rooms"><b>x</b></a><a id="api" href="/api/x">x</a><a id="new" href="/daily" target="_blank">x</a>';
    const click = (selector: string, init: MouseEventInit = {}) => {
      const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...init });
      // jsdom would try to load the page of a link that is not ours.
      const halt = (e: Event) => e.preventDefault();
      window.addEventListener('click', halt, { once: true });
      document.querySelector(selector)!.dispatchEvent(event);
    };
    click('#ours b');
    expect(router.path).toBe('/rooms');
    click('#api');
    click('#new');
    click('#ours', { ctrlKey: true });
    expect(router.path).toBe('/rooms');
    stop();
    navigate('/');
    click('#ours b');
    expect(router.path).toBe('/');
  });
});
