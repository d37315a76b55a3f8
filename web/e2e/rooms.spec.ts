import { choose, enter, expect, expectAccessible, keep, nameOf, openRoom, test } from './fixture';

test('a public room is in the list, an unlisted one is not', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const name = await nameOf(host.page);
  const guest = await player();
  await guest.page.goto('/rooms');
  await expect(guest.page.getByRole('link', { name: new RegExp(name) })).toHaveCount(0);
  await host.page.getByText('Show in the list of open rooms').click();
  const card = guest.page.getByRole('link', { name: new RegExp(name) });
  await expect(card).toBeVisible();
  await expectAccessible(guest.page, 'rooms');
  await keep(guest.page, 'rooms-list');
  await card.click();
  await expect(guest.page.getByTestId('code')).toContainText(code);
});

test('who comes late watches or plays from the next round, as the host has set', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  await choose(host.page, 'watches');
  await expect(host.page.getByLabel('watches')).toBeChecked();
  // The change has gone out when a newcomer sees it.
  const early = await player();
  await enter(early.page, code);
  await expect(early.page.getByText('Whoever comes late watches.')).toBeVisible();
  await host.page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(early.page.getByRole('button', { name: 'Match menu' })).toBeVisible();
  const late = await player();
  await late.page.goto(`/r/${code}`);
  await expect(late.page.getByText('You are watching')).toBeVisible();
});

test('a server that is down and comes back: the list mends itself', async ({ player, server }) => {
  const { page } = await player();
  await server.kill();
  await page.getByRole('link', { name: 'Leaderboard' }).first().click();
  await expect(page.getByRole('heading', { name: /out of reach|could not be loaded/ })).toBeVisible();
  await expectAccessible(page, 'server away');
  await keep(page, 'away');
  await server.start();
  const reload = page.getByRole('button', { name: 'Load afresh' });
  if (await reload.isVisible()) await reload.click();
  await expect(page.getByRole('heading', { name: 'Leaderboard' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'A fresh page' })).toBeVisible();
});
