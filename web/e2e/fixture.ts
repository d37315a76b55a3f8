/** `test` with a server of its own, players in contexts of their own, and an eye on what browsers complain about. */
import AxeBuilder from '@axe-core/playwright';
import {
  test as base,
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';
import { join } from 'node:path';
import { Server } from './server';

export { expect };

/** Messages that are part of a test's story: refused requests, a server that is down. */
const EXPECTED = /Failed to load resource|WebSocket connection|net::ERR_|GPU stall|GL Driver|WebGL/;

export interface Player {
  context: BrowserContext;
  page: Page;
}

interface Tools {
  /** A player with a browser of their own, at the start page. `webgl` draws the map with WebGL (in software: slowly). */
  player: (options?: BrowserContextOptions & { webgl?: boolean }) => Promise<Player>;
}

export const test = base.extend<Tools, { server: Server }>({
  server: [
    // Playwright reads the fixture's needs from this pattern.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const server = await Server.create();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  page: async ({ page }, use) => {
    const complaints = watch(page);
    await use(page);
    expect(complaints, 'complaints of the browser').toEqual([]);
  },
  player: async ({ browser, server, viewport, isMobile, hasTouch, userAgent, deviceScaleFactor }, use) => {
    const players: { player: Player; complaints: string[] }[] = [];
    await use(async ({ webgl = false, ...options } = {}) => {
      const context = await browser.newContext({
        baseURL: server.url,
        viewport,
        isMobile,
        hasTouch,
        ...(userAgent ? { userAgent } : {}),
        ...(deviceScaleFactor ? { deviceScaleFactor } : {}),
        ...options,
      });
      // These tests are about the frame: software-drawn WebGL would only make them slow. The map without it is the one
      // that such browsers get; the game's own tests draw the other.
      const withoutWebgl = () => {
        const original = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (
          this: HTMLCanvasElement,
          kind: string,
          ...rest: unknown[]
        ) {
          return kind.startsWith('webgl')
            ? null
            : (original as (...a: unknown[]) => unknown).call(this, kind, ...rest);
        } as typeof original;
      };
      if (!webgl) await context.addInitScript(withoutWebgl);
      const page = await context.newPage();
      const player = { context, page };
      players.push({ player, complaints: watch(page) });
      await page.goto('/');
      return player;
    });
    for (const { player, complaints } of players) {
      await player.context.close();
      expect(complaints, 'complaints of the browser').toEqual([]);
    }
  },
});

/** Uncaught errors, console errors, broken content security policy. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  return complaints;
}

/** No violation that axe knows of. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  expect(told, `axe on ${what}`).toEqual([]);
}

/** Keeps a picture under artefacts/, named after the project and what it shows. */
export async function keep(page: Page, name: string): Promise<void> {
  const project = base.info().project.name;
  await page.screenshot({
    path: join(import.meta.dirname, '../../artefacts/page', `${name}-${project}.png`),
  });
}

/** Nothing sticks out sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  // Against the device's width: a phone's `innerWidth` grows with what sticks out.
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  const over = wide - (page.viewportSize()?.width ?? wide);
  expect(over, 'pixels that stick out').toBeLessThanOrEqual(0);
}

/** Opens a room from the start page; its code. */
export async function openRoom(page: Page): Promise<string> {
  await page.getByRole('button', { name: /Play with friends/ }).click();
  await page.waitForURL(/\/r\/[A-Z0-9]{6}$/);
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeVisible();
  return new URL(page.url()).pathname.slice(3);
}

/** Picks one of several choices, by the beginning of what stands on it. */
export async function choose(page: Page, text: string): Promise<void> {
  await page
    .locator('label')
    .filter({ hasText: new RegExp(`^\\s*${text}`) })
    .first()
    .click();
}

/** Goes into a room by its link. */
export async function enter(page: Page, code: string): Promise<void> {
  await page.goto(`/r/${code}`);
  await expect(page.getByRole('heading', { name: /person here|people here/ })).toBeVisible();
}

/** The player's name as the page shows it. */
export async function nameOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const me = (await (await fetch('/api/auth/me')).json()) as { name: string };
    return me.name;
  });
}
