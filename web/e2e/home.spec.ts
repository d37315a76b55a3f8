import { expect, expectAccessible, expectNoSidewaysScroll, keep, openRoom, test } from './fixture';

const PAGES = [
  '/',
  '/rooms',
  '/daily',
  '/leaderboard',
  '/history',
  '/settings',
  '/credits',
  '/move/abc',
  '/nowhere',
];

for (const scheme of ['light', 'dark'] as const) {
  test(`every page stands in ${scheme}: no axe violation, nothing sticks out`, async ({ player }) => {
    const { page } = await player({ colorScheme: scheme });
    for (const path of PAGES) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      await expectAccessible(page, `${path} ${scheme}`);
      await expectNoSidewaysScroll(page);
      await keep(page, `${path === '/' ? 'home' : path.slice(1).replaceAll('/', '-')}-${scheme}`);
    }
  });
}

test('one tap from home to playing', async ({ player }) => {
  const { page } = await player();
  await page.getByRole('button', { name: /Play now/ }).click();
  await page.waitForURL(/\/r\//);
  // The match runs: the frame around it is there, the header is not.
  await expect(page.getByRole('button', { name: 'Match menu' })).toBeVisible();
  await expect(page.getByRole('navigation')).toHaveCount(0);
});

test('by keys alone from home to a started match', async ({ player }) => {
  const { page } = await player();
  await expect(page.getByRole('button', { name: /Play with friends/ })).toBeVisible();
  const tabTo = async (what: ReturnType<typeof page.getByRole>) => {
    for (let i = 0; i < 60; i += 1) {
      if (await what.evaluate((el) => el === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error('not reached by Tab');
  };
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await tabTo(page.getByRole('button', { name: /Play with friends/ }));
  await page.keyboard.press('Enter');
  const start = page.getByRole('button', { name: 'Start', exact: true });
  await expect(start).toBeVisible();
  await tabTo(start);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Match menu' })).toBeVisible();
});

test('a code leads into the room, as typed or as a pasted link', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);

  const typed = await player();
  await typed.page.getByLabel('Join with a code').fill(code.toLowerCase());
  await typed.page.getByRole('button', { name: 'Join' }).click();
  await expect(typed.page.getByTestId('code')).toContainText(code);

  const pasted = await player();
  await pasted.page.getByLabel('Join with a code').fill(`Come! http://snug.test/r/${code}`);
  await pasted.page.getByRole('button', { name: 'Join' }).click();
  await expect(pasted.page.getByTestId('code')).toContainText(code);
});

test('a wrong code says what a code looks like, and an unknown one has a way out', async ({ player }) => {
  const { page } = await player();
  await page.getByLabel('Join with a code').fill('abc');
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByRole('alert')).toContainText('6 letters and digits');
  await page.goto('/r/ZZZZZZ');
  await expect(page.getByRole('heading', { name: 'This room is not there' })).toBeVisible();
  await expectAccessible(page, 'unknown room');
  await page.getByRole('link', { name: 'To the start page' }).click();
  await expect(page.getByRole('button', { name: /Play now/ })).toBeVisible();
});

test('home leads back to the room that was left by accident', async ({ player }) => {
  const { page } = await player();
  const code = await openRoom(page);
  await page.goto('/');
  await page.getByRole('link', { name: /Back to your room/ }).click();
  await expect(page.getByTestId('code')).toContainText(code);
});

test('no request leaves the origin, and the first page is small', async ({ page, server }) => {
  const foreign: string[] = [];
  let bytes = 0;
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
      foreign.push(request.url());
  });
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    sizes.push(
      request.sizes().then(
        (s) => s.responseBodySize,
        () => 0,
      ),
    );
  });
  await page.goto('/');
  await expect(page.getByRole('button', { name: /Play now/ })).toBeVisible();
  await page.waitForLoadState('networkidle');
  for (const size of await Promise.all(sizes)) bytes += size;
  expect(foreign).toEqual([]);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(150_000);
});
