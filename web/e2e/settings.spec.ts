import { choose, expect, expectAccessible, keep, nameOf, openRoom, test } from './fixture';

test('another name makes another creature, and stays', async ({ player }) => {
  const { page } = await player();
  await page.goto('/settings');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Löwe');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Nice to meet you, Ada Löwe!')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('link', { name: /You are Ada Löwe/ })).toBeVisible();
  expect(await nameOf(page)).toBe('Ada Löwe');
  await page.getByRole('textbox', { name: 'Your name' }).fill('x'.repeat(30));
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByRole('alert')).toContainText('1 to 24');
});

test('two of one name in a room are told apart', async ({ player }) => {
  const host = await player();
  await host.page.goto('/settings');
  await host.page.getByRole('textbox', { name: 'Your name' }).fill('Twin');
  await host.page.getByRole('button', { name: 'Save name' }).click();
  await expect(host.page.getByText('Nice to meet you')).toBeVisible();
  await host.page.goto('/');
  const code = await openRoom(host.page);
  const friend = await player();
  await friend.page.goto('/settings');
  await friend.page.getByRole('textbox', { name: 'Your name' }).fill('Twin');
  await friend.page.getByRole('button', { name: 'Save name' }).click();
  await expect(friend.page.getByText('Nice to meet you')).toBeVisible();
  await friend.page.goto(`/r/${code}`);
  await expect(host.page.getByText('Twin 2', { exact: true })).toBeVisible();
});

test('theme, motion and sound follow the device until they are chosen, and are kept', async ({ player }) => {
  const { page } = await player({ colorScheme: 'dark', reducedMotion: 'reduce' });
  const root = page.locator('html');
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await expect(root).toHaveAttribute('data-motion', 'less');
  await page.goto('/settings');
  await choose(page, 'Lamp light');
  await choose(page, 'Lively');
  await page.getByRole('switch', { name: 'Sound' }).press('Space');
  await page.reload();
  await expect(root).toHaveAttribute('data-theme', 'light');
  await expect(root).toHaveAttribute('data-motion', 'full');
  await expect(page.getByRole('switch', { name: 'Sound' })).not.toBeChecked();
  await expectAccessible(page, 'settings');
});

test('continue on another device: the player moves, once', async ({ player }) => {
  const old = await player();
  const code = await openRoom(old.page);
  const name = await nameOf(old.page);
  const tab = await old.context.newPage();
  await tab.goto('/settings');
  await tab.getByRole('button', { name: 'Make a link' }).click();
  const link = (await tab.getByTestId('link').textContent())!.trim();
  expect(link).toMatch(/\/move\//);
  await keep(tab, 'move');

  const next = await player();
  await next.page.goto(new URL(link).pathname);
  await next.page.getByRole('button', { name: 'Continue here' }).click();
  await expect(next.page.getByText(`Welcome over here, ${name}!`)).toBeVisible();
  expect(await nameOf(next.page)).toBe(name);
  await expect(old.page.getByRole('heading', { name: 'Your seat has moved' })).toBeVisible();
  await expectAccessible(old.page, 'moved');
  await next.page.goto(`/r/${code}`);
  await expect(next.page.getByRole('button', { name: 'Start', exact: true })).toBeVisible();

  const third = await player();
  await third.page.goto(new URL(link).pathname);
  await third.page.getByRole('button', { name: 'Continue here' }).click();
  await expect(third.page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
});
