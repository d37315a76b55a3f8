import { choose, expect, expectAccessible, expectNoSidewaysScroll, keep, test } from './fixture';
import { playRoom, playSolo } from './play';

test('a finished match is in the history, on the board and in the profile', async ({ player, server }) => {
  const { page } = await player();
  const match = await playSolo(page, server.url);

  await page.goto('/history');
  const card = page.locator(`a[href="/m/${match}"]`);
  await expect(card).toBeVisible();
  await expectAccessible(page, 'history');
  await keep(page, 'history-one');
  await card.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Quick' })).toBeVisible();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  await expectAccessible(page, 'record');
  await expectNoSidewaysScroll(page);
  await keep(page, 'record');

  await page.goto('/leaderboard');
  await choose(page, 'Quick');
  await expect(page.getByRole('cell', { name: /you/ })).toBeVisible();
  await expectAccessible(page, 'leaderboard');
  await keep(page, 'board-one');
  await page.getByRole('cell', { name: /you/ }).getByRole('link').click();
  await expect(page.getByText('Best matches')).toBeVisible();
  await expect(page.locator(`a[href="/m/${match}"]`)).toBeVisible();
  await expectAccessible(page, 'profile');
  await keep(page, 'profile');
});

test('a challenge opens with who is to be beaten, plays, and is compared at its end', async ({
  player,
  server,
}) => {
  const first = await player();
  const match = await playSolo(first.page, server.url);
  const second = await player();
  await second.page.goto(`/c/${match}`);
  await expect(second.page.getByRole('heading', { name: /can you beat it/ })).toBeVisible();
  await expectAccessible(second.page, 'challenge');
  await keep(second.page, 'challenge');
  await second.page.getByRole('button', { name: 'Take it on' }).click();
  await expect(second.page.getByRole('button', { name: 'Match menu' })).toBeVisible();

  // The rest of it in a second tab, so to say; the page follows, and shows both side by side.
  await playRoom(second.page, new URL(second.page.url()).pathname.split('/').pop()!);
  await expect(second.page.getByRole('heading', { name: 'The same rounds' })).toBeVisible();
  const attempts = second.page.locator('li > a[href^="/m/"]');
  await expect(attempts).toHaveCount(2);
  await expect(attempts.filter({ hasText: 'you' })).toHaveCount(1);
  await expectAccessible(second.page, 'challenge compared');
  await expectNoSidewaysScroll(second.page);
  await keep(second.page, 'challenge-compared');

  // Again in the same room, with new rounds.
  await second.page.getByRole('button', { name: 'Play again' }).click();
  await expect(second.page.getByRole('button', { name: 'Match menu' })).toBeVisible();
});

test('the first match of a preset is a personal best, and says so', async ({ player, server }) => {
  const { page } = await player();
  const match = await playSolo(page, server.url);
  await page.goto(`/m/${match}`);
  await expect(page.getByTestId('personal-best')).toBeVisible();
});

test('without any match the history says what to do', async ({ player }) => {
  const { page } = await player();
  await page.goto('/history');
  await expect(page.getByRole('heading', { name: 'Nothing played yet' })).toBeVisible();
  await page.goto('/m/nothing');
  await expect(page.getByRole('heading', { name: 'There is no such match' })).toBeVisible();
  await expectAccessible(page, 'no such match');
});
