/** The history router: plain links, real addresses, no hash. */

class Router {
  path = $state(location.pathname);
  /** Query and hash as they stand in the address. */
  search = $state(location.search);
  /** Grows with each navigation, so that pages can be rebuilt for the same path. */
  visit = $state(0);

  sync(): void {
    this.path = location.pathname;
    this.search = location.search;
    this.visit += 1;
  }
}

export const router = new Router();

export interface NavigateOptions {
  replace?: boolean;
  /** Small data for the next page; survives a refresh, see `state()`. */
  state?: Record<string, unknown>;
}

/** Goes to an address of this page. */
export function navigate(to: string, options: NavigateOptions = {}): void {
  const url = new URL(to, location.href);
  if (url.origin !== location.origin) {
    location.assign(url.href);
    return;
  }
  const before = location.pathname;
  history[options.replace ? 'replaceState' : 'pushState'](options.state ?? {}, '', url);
  router.sync();
  if (url.pathname !== before) window.scrollTo(0, 0);
}

/** What `navigate` was given as state. */
export function state(): Record<string, unknown> {
  return (history.state as Record<string, unknown> | null) ?? {};
}

/** Forgets the state, so that a refresh does not act on it again. */
export function clearState(): void {
  history.replaceState({}, '', location.href);
}

/** Follows plain clicks on our own links without a page load. Returns the function that stops it. */
export function followLinks(): () => void {
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a[href]');
    if (!(link instanceof HTMLAnchorElement)) return;
    if (link.target !== '' && link.target !== '_self') return;
    if (link.hasAttribute('download') || link.origin !== location.origin) return;
    // Files and API answers are the server's.
    if (/^\/(api|map|health|assets)(\/|$)/.test(link.pathname)) return;
    if (link.pathname === location.pathname && link.hash !== '') return;
    event.preventDefault();
    navigate(link.href);
  };
  const onPop = () => router.sync();
  document.addEventListener('click', onClick);
  window.addEventListener('popstate', onPop);
  return () => {
    document.removeEventListener('click', onClick);
    window.removeEventListener('popstate', onPop);
  };
}
