/** Atlas as people play it: whole matches, several browsers at once, and everything that goes wrong on the way. */
import type { Page } from '@playwright/test';
import { enter, expect, expectAccessible, expectNoSidewaysScroll, keep, nameOf, test } from './fixture';
import type { AtlasKind, AtlasSettings } from '../src/lib/protocol';

const WITHOUT_WEBGL = '?nowebgl';

/** A room made by the player of this page. Software WebGL is slow: rounds are long, and end when all have locked. */
async function makeRoom(
  page: Page,
  kinds: AtlasKind[],
  change: Partial<AtlasSettings> = {},
): Promise<string> {
  const game = {
    game: 'atlas',
    rounds: 3,
    seconds: 300,
    region: 'world',
    difficulty: 'easy',
    kinds,
    time_bonus: false,
    ...change,
  };
  return page.evaluate(async (settings) => {
    const post = (path: string, body: unknown) =>
      fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/api/auth/guest', {});
    const made = await post('/api/rooms', {
      settings: { public: false, late: 'next_round', game: settings },
    });
    if (!made.ok) throw new Error(await made.text());
    return ((await made.json()) as { code: string }).code;
  }, game);
}

async function start(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).click();
}

async function mapReady(page: Page): Promise<void> {
  await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 60_000 });
}

/** A tap on the map, as parts of its width and height. */
async function tap(page: Page, x: number, y: number): Promise<void> {
  const box = await page.getByTestId('map').boundingBox();
  if (!box) throw new Error('no map');
  await page.getByTestId('map').click({ position: { x: box.width * x, y: box.height * y } });
  await expect(page.getByTestId('own-pin')).toHaveAttribute('data-at', /^-?[\d.]+,-?[\d.]+$/);
}

const saved = (page: Page) => expect(page.getByText(/You can still move your pin|You say:/)).toBeVisible();
/** Drags the own pin by so many pixels in so many events. */
async function drag(page: Page, x: number, y: number, steps: number) {
  const pin = await page.getByTestId('own-pin').boundingBox();
  if (!pin) throw new Error('no pin');
  const from = { x: pin.x + pin.width / 2, y: pin.y + pin.height / 2 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + x, from.y + y, { steps });
  await page.mouse.up();
}

const pinAt = (page: Page) => page.getByTestId('own-pin').getAttribute('data-at');
const lock = (page: Page) => page.getByTestId('lock').click();
const inRound = (page: Page, n: number, of = 3) =>
  expect(page.getByText(`Round ${n} of ${of}`, { exact: true })).toBeVisible({ timeout: 45_000 });
const result = (page: Page) => page.getByTestId('round-result');

/** Answers with the keys alone: the crosshair is moved, Enter sets the pin, L locks it. */
async function byKeys(page: Page): Promise<void> {
  await page.getByTestId('map').focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight', 'Shift+ArrowRight', '+', 'Enter'])
    await page.keyboard.press(key);
  await expect(page.getByTestId('own-pin')).toBeVisible();
  await page.keyboard.press('l');
}

/** Answers by naming a country. */
async function byTyping(page: Page, text: string, name: string): Promise<void> {
  const open = page.getByRole('button', { name: 'Type it' });
  if (await open.isVisible()) await open.click();
  await page.getByRole('combobox').fill(text);
  await expect(page.getByRole('option', { name }).first()).toBeVisible();
  await page.getByRole('combobox').press('Enter');
  await expect(page.getByTestId('own-pin')).toBeVisible();
}

/** Every request goes to our server. */
function watchOrigins(page: Page, origin: string): string[] {
  const foreign: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('blob:')) foreign.push(url);
  });
  return foreign;
}

test('three players, three browsers, a whole match by pin, by keys and by typing', async ({
  player,
  server,
}) => {
  test.setTimeout(300_000);
  const [ada, ben, cem] = [await player(), await player(), await player({ colorScheme: 'dark' })];
  const foreign = [ada, ben, cem].map((p) => watchOrigins(p.page, server.url));
  const code = await makeRoom(ada.page, ['silhouette']);
  await enter(ada.page, code);
  await ben.page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await cem.page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await expect(ada.page.getByRole('heading', { name: /3 people here/ })).toBeVisible();
  await start(ada.page);

  const pages = [ada.page, ben.page, cem.page];
  for (const round of [1, 2, 3]) {
    for (const page of pages) {
      await inRound(page, round);
      await mapReady(page);
    }
    await expect(ada.page.getByRole('button', { name: /outline of a country/ })).toBeVisible();
    await tap(ada.page, 0.5, 0.5);
    await saved(ada.page);
    if (round === 1) {
      await expectAccessible(ada.page, 'a round');
      await expectNoSidewaysScroll(ada.page);
      await keep(ada.page, 'atlas-round');
    }
    await lock(ada.page);
    await expect(ada.page.getByText('Waiting for')).toBeVisible();
    await byKeys(ben.page);
    await expect(cem.page.getByText('2/3')).toBeVisible();
    await byTyping(cem.page, round === 2 ? 'bra' : 'fran', round === 2 ? 'Brazil' : 'France');
    if (round === 1) await keep(cem.page, 'atlas-typed-dark');
    await lock(cem.page);

    const lines: string[] = [];
    for (const page of pages) {
      await expect(result(page)).toBeVisible({ timeout: 45_000 });
      await expect(result(page).locator('tbody tr')).toHaveCount(3);
      lines.push(await result(page).getByRole('heading').innerText());
    }
    expect(new Set(lines).size, 'everyone is told the same answer').toBe(1);
    if (round === 1) {
      await expect(
        result(ada.page)
          .getByText(/^\+[\d,]+$/)
          .first(),
      ).toBeVisible();
      await ada.page.waitForTimeout(3500);
      await expectAccessible(ada.page, 'a result');
      await expectAccessible(cem.page, 'a result in the dark');
      await keep(ada.page, 'atlas-result');
      await keep(cem.page, 'atlas-result-dark');
    }
    if (round === 1) await ada.page.getByRole('button', { name: 'Next round' }).click();
    if (round === 2) {
      // Without the host the majority of the others goes on.
      await ben.page.getByRole('button', { name: /Vote to go on/ }).click();
      await cem.page.getByRole('button', { name: /Vote to go on/ }).click();
    }
  }

  const totals: string[] = [];
  for (const page of pages) {
    const on = page.getByRole('button', { name: 'See the final standing' });
    await expect(on.or(page.getByTestId('atlas-summary'))).toBeVisible();
    // It comes by itself after a while; a tap is for those who cannot wait.
    if (await on.isVisible()) await on.click({ timeout: 5000 }).catch(() => undefined);
    await expect(page.getByTestId('atlas-summary')).toBeVisible();
    totals.push(
      (await page.getByTestId('atlas-summary').getByRole('list').first().innerText()).replace(/\s+/g, ' '),
    );
  }
  expect(new Set(totals).size, 'everyone sees the same standing').toBe(1);
  await mapReady(ada.page);
  await ada.page.waitForTimeout(2500);
  await expectAccessible(ada.page, 'the summary');
  await expectNoSidewaysScroll(ada.page);
  await keep(ada.page, 'atlas-summary');
  await ada.page.getByRole('button', { name: /^Round 2: / }).click();
  await expect(ada.page.getByText('Which country has this shape?')).toBeVisible();

  const record = ada.page.getByRole('link', { name: 'Open the result page' });
  await record.click();
  await expect(ada.page.getByTestId('atlas-summary')).toBeVisible();
  await ada.page.getByRole('button', { name: 'Replay' }).click();
  await expect(ada.page.getByTestId('atlas-replay').getByRole('slider')).toBeVisible();
  await ada.page.waitForTimeout(2500);
  await expectAccessible(ada.page, 'the replay');
  await keep(ada.page, 'atlas-replay');
  expect(foreign.flat(), 'requests that left our server').toEqual([]);
});

test('with WebGL: a round, its result and the journey', async ({ player, server }) => {
  test.setTimeout(240_000);
  const { page } = await player({ webgl: true });
  const foreign = watchOrigins(page, server.url);
  // The result of the last round waits for the player: software WebGL may take its time.
  const code = await makeRoom(page, ['orbit'], { rounds: 1, seconds: 600 });
  await page.goto(`/r/${code}`);
  await start(page);
  await mapReady(page);
  await expect(page.getByTestId('map').locator('canvas.maplibregl-canvas')).toBeVisible();
  await tap(page, 0.5, 0.4);
  await saved(page);
  await keep(page, 'atlas-webgl-round');
  await lock(page);
  await expect(page.getByTestId('atlas-summary').or(result(page))).toBeVisible({ timeout: 60_000 });
  await keep(page, 'atlas-webgl-result');
  await expect(page.getByTestId('atlas-summary')).toBeVisible({ timeout: 60_000 });
  await mapReady(page);
  await keep(page, 'atlas-webgl-summary');
  expect(foreign, 'requests that left our server').toEqual([]);
});

test('a city round has no search, and the keys reach everything', async ({ player }) => {
  const { page } = await player();
  const code = await makeRoom(page, ['city'], { rounds: 1 });
  await page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await start(page);
  await mapReady(page);
  await expect(page.getByRole('heading', { name: /^Find / })).toBeVisible();
  await expect(page.getByRole('combobox')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Type it' })).toHaveCount(0);
  const closed = await page.evaluate(async (c) => (await fetch(`/api/rooms/${c}/places?q=par`)).status, code);
  expect(closed).toBe(409);
  await byKeys(page);
  await expect(result(page)).toBeVisible({ timeout: 45_000 });
  await expect(page.getByRole('button', { name: 'See the final standing' })).toBeVisible();
});

test('a refresh in the lobby, in a round and in its result leads back to where one was', async ({
  player,
}) => {
  const { page } = await player();
  const code = await makeRoom(page, ['flag'], { rounds: 2 });
  await page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeVisible();
  await page.reload();
  await start(page);
  await mapReady(page);
  await tap(page, 0.6, 0.45);
  await saved(page);
  const at = await pinAt(page);
  await page.reload();
  await mapReady(page);
  await inRound(page, 1, 2);
  await expect(page.getByTestId('own-pin')).toBeVisible();
  expect(await pinAt(page)).toBe(at);
  await lock(page);
  await expect(result(page)).toBeVisible({ timeout: 45_000 });
  const answer = await result(page).getByRole('heading').innerText();
  await page.reload();
  await expect(result(page).getByRole('heading')).toHaveText(answer);
  await page.getByRole('button', { name: 'Next round' }).click();
  await inRound(page, 2, 2);
});

test('the host leaves: the next one has the role, and the match goes on', async ({ player }) => {
  const [ada, ben] = [await player(), await player()];
  const code = await makeRoom(ada.page, ['flag'], { rounds: 2 });
  await ada.page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await ben.page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await expect(ada.page.getByRole('heading', { name: /2 people here/ })).toBeVisible();
  await start(ada.page);
  await mapReady(ben.page);
  await ada.page.getByRole('button', { name: 'Match menu' }).click();
  await ada.page.getByRole('button', { name: 'Leave the room' }).click();
  await ada.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await ada.page.waitForURL((url) => url.pathname === '/');
  await expect(ben.page.getByText('You are the host now.').first()).toBeVisible();
  await tap(ben.page, 0.4, 0.5);
  await lock(ben.page);
  await expect(result(ben.page)).toBeVisible();
  await ben.page.getByRole('button', { name: 'Next round' }).click();
  await inRound(ben.page, 2, 2);
});

test('two tabs of one player are one seat', async ({ player }) => {
  const { page, context } = await player();
  const code = await makeRoom(page, ['flag'], { rounds: 1 });
  await page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await start(page);
  await mapReady(page);
  const second = await context.newPage();
  await second.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await mapReady(second);
  await tap(page, 0.5, 0.5);
  await saved(page);
  await tap(second, 0.3, 0.4);
  await lock(second);
  // One seat, so that was everyone: both tabs show the one result.
  await expect(result(page)).toBeVisible({ timeout: 45_000 });
  await expect(result(second)).toBeVisible();
  expect(await result(page).locator('.dist').innerText()).toBe(
    await result(second).locator('.dist').innerText(),
  );
});

test('offline for 20 seconds: the pin that was moved meanwhile arrives, nothing is asked again', async ({
  player,
}) => {
  test.setTimeout(150_000);
  const [ada, ben] = [await player(), await player()];
  const code = await makeRoom(ada.page, ['flag'], { rounds: 1 });
  await ada.page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await ben.page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await expect(ada.page.getByRole('heading', { name: /2 people here/ })).toBeVisible();
  await start(ada.page);
  await mapReady(ada.page);
  await mapReady(ben.page);
  await tap(ada.page, 0.5, 0.5);
  await saved(ada.page);
  await ada.context.setOffline(true);
  await tap(ada.page, 0.25, 0.4);
  const at = await pinAt(ada.page);
  await ada.page.waitForTimeout(20_000);
  await expect(ada.page.getByTestId('own-pin')).toBeVisible();
  await ada.context.setOffline(false);
  await saved(ada.page);
  expect(await pinAt(ada.page)).toBe(at);
  // What the server has is what was set last: another page of the same player shows it.
  await expect
    .poll(async () => {
      const again = await ada.context.newPage();
      await again.goto(`/r/${code}${WITHOUT_WEBGL}`);
      await mapReady(again);
      const seen = await again.getByTestId('own-pin').getAttribute('data-at', { timeout: 5000 });
      await again.close();
      return seen;
    })
    .toBe(at);
  await tap(ben.page, 0.5, 0.5);
  await lock(ben.page);
  await lock(ada.page);
  await expect(result(ada.page)).toBeVisible();
  await expect(result(ben.page)).toBeVisible();
});

test('kill -9 in a round: everyone is back in the seat, every pin is kept', async ({ player, server }) => {
  test.setTimeout(180_000);
  const players = [await player(), await player(), await player()];
  const pages = players.map((p) => p.page);
  const [ada] = pages;
  if (!ada) throw new Error('no player');
  const code = await makeRoom(ada, ['silhouette'], { rounds: 2 });
  for (const page of pages) await page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await expect(ada.getByRole('heading', { name: /3 people here/ })).toBeVisible();
  const names = await Promise.all(pages.map(nameOf));
  await start(ada);
  const pins: (string | null)[] = [];
  for (const [i, page] of pages.entries()) {
    await mapReady(page);
    await tap(page, 0.3 + i * 0.2, 0.45);
    await saved(page);
    pins.push(await pinAt(page));
  }
  const before = await ada.getByRole('heading', { level: 1 }).last().innerText();
  await server.restart(1500);
  // Not one page is touched; and one that is loaded afresh sees the same: the pin is the server's.
  const last = pages[2]!;
  await last.reload();
  for (const [i, page] of pages.entries()) {
    await mapReady(page);
    await inRound(page, 1, 2);
    await expect(page.getByTestId('own-pin')).toHaveAttribute('data-at', pins[i] ?? '');
    expect(await page.getByRole('heading', { level: 1 }).last().innerText()).toBe(before);
    await lock(page);
  }
  for (const page of pages) {
    await expect(result(page)).toBeVisible({ timeout: 30_000 });
    const rows = result(page).locator('tbody tr');
    await expect(rows).toHaveCount(3);
    for (const name of names) await expect(rows.filter({ hasText: name })).toHaveCount(1);
    // A pin that was lost would stand as a dash.
    await expect(rows.filter({ hasText: '—' })).toHaveCount(0);
  }
});

test('without WebGL a round is played all the same', async ({ player }) => {
  const { page } = await player();
  const code = await makeRoom(page, ['orbit'], { rounds: 1 });
  await page.goto(`/r/${code}${WITHOUT_WEBGL}`);
  await start(page);
  await mapReady(page);
  await expect(page.getByTestId('map').locator('canvas.flat')).toBeVisible();
  await tap(page, 0.35, 0.4);
  const first = await pinAt(page);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await tap(page, 0.6, 0.6);
  expect(await pinAt(page)).not.toBe(first);
  // The pin is dragged as well as set.
  const second = await pinAt(page);
  await drag(page, -60, -30, 4);
  const third = await pinAt(page);
  expect(third).not.toBe(second);
  // As quick as a mouse goes: all of the way in one event.
  await drag(page, 70, 40, 1);
  expect(await pinAt(page)).not.toBe(third);
  await expect(page.getByTestId('own-pin')).not.toHaveClass(/held/);
  await saved(page);
  await keep(page, 'atlas-without-webgl');
  await lock(page);
  await expect(result(page)).toBeVisible({ timeout: 45_000 });
  // Colours are judged once they have faded in.
  await page.waitForTimeout(3500);
  await expectAccessible(page, 'a result without WebGL');
});
