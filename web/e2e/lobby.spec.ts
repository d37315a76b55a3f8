import {
  choose,
  enter,
  expect,
  expectAccessible,
  expectNoSidewaysScroll,
  keep,
  nameOf,
  openRoom,
  test,
} from './fixture';

for (const scheme of ['light', 'dark'] as const) {
  test(`the lobby stands in ${scheme}`, async ({ player }) => {
    const host = await player({ colorScheme: scheme });
    const code = await openRoom(host.page);
    const friend = await player({ colorScheme: scheme });
    await enter(friend.page, code);
    await expect(host.page.getByRole('heading', { name: '2 people here' })).toBeVisible();
    await host.page.getByText('Make it your own').click();
    for (const [who, page] of [
      ['host', host.page],
      ['friend', friend.page],
    ] as const) {
      await expectAccessible(page, `lobby as ${who} in ${scheme}`);
      await expectNoSidewaysScroll(page);
      await keep(page, `lobby-${who}-${scheme}`);
    }
  });
}

test('the code, the QR code and the link lead into the room', async ({ player, server }) => {
  const { page } = await player();
  const code = await openRoom(page);
  await expect(page.getByTestId('code')).toContainText(code);
  await expect(page.getByTestId('link')).toContainText(`/r/${code}`);
  const qr = await page.request.get(`${server.url}/api/rooms/${code}/qr.svg`);
  expect(qr.headers()['content-type']).toContain('image/svg+xml');
  expect(
    await page
      .getByAltText('QR code of the link to this room')
      .evaluate((img: HTMLImageElement) => img.naturalWidth),
  ).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Show it big' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectAccessible(page, 'big code');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('copying works without the clipboard API, as on plain http in a LAN', async ({ player }) => {
  const { page, context } = await player();
  await context.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    Object.defineProperty(navigator, 'share', { value: undefined });
    Object.defineProperty(crypto, 'subtle', { value: undefined });
    Object.defineProperty(crypto, 'randomUUID', { value: undefined });
  });
  await page.reload();
  await openRoom(page);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText(/^Copied|Copying is not possible/)).toBeVisible();
});

test('settings are live for everyone', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  await expect(friend.page.getByText('Classic', { exact: true })).toBeVisible();

  await choose(host.page, 'Sprint');
  await expect(friend.page.getByText('Sprint', { exact: true })).toBeVisible();
  await expect(friend.page.getByText('Extra points for quick locks')).toBeVisible();

  await host.page.getByText('Make it your own').click();
  await host.page.getByRole('button', { name: 'One more' }).click();
  await expect(friend.page.getByText('Custom', { exact: true })).toBeVisible();
  await expect(friend.page.locator('dd').first()).toHaveText('11');

  await choose(host.page, 'Continent');
  await choose(host.page, 'Africa');
  await expect(friend.page.getByText('Africa', { exact: true })).toBeVisible();

  await choose(host.page, 'Country');
  await host.page.getByRole('combobox', { name: 'Country' }).selectOption('JP');
  await expect(friend.page.getByText('Japan', { exact: true })).toBeVisible();
  await expect(friend.page.getByText('Silhouette')).toHaveCount(0);

  // What a newcomer sees is what the others have folded together.
  await friend.page.reload();
  await expect(friend.page.getByText('Japan', { exact: true })).toBeVisible();
});

test('settings that cannot be played are refused with the reason, and the lobby lives on', async ({
  player,
}) => {
  const { page } = await player();
  await openRoom(page);
  await page.getByText('Make it your own').click();
  await choose(page, 'Marathon');
  await choose(page, 'Country');
  await expect(page.getByRole('combobox', { name: 'Country' })).toBeVisible();
  const small = await page.evaluate(async () => {
    type Country = { iso: string; playable: boolean; cities: number };
    const all = (await (await fetch('/api/atlas/countries')).json()) as Country[];
    return all.filter((c) => c.playable && c.cities >= 3 && c.cities < 10)[0]?.iso ?? null;
  });
  expect(small).not.toBeNull();
  await page.getByRole('combobox', { name: 'Country' }).selectOption(small!);
  await choose(page, 'City lights');
  await choose(page, 'From orbit');
  await choose(page, 'Relief');
  await choose(page, 'Rivers');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('status').getByText(/round/).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeEnabled();
});

test('chat and emotes reach everyone, unread ones are counted', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  const name = await nameOf(friend.page);
  const corner = friend.page.getByRole('button', { name: /^Open chat/ });
  if (await corner.isVisible()) await corner.click();
  await friend.page.getByRole('textbox', { name: 'Message' }).fill('Hello <b>there</b>');
  await friend.page.getByRole('textbox', { name: 'Message' }).press('Enter');
  await expect(host.page.getByTestId('announcer')).toContainText(`${name} says: Hello <b>there</b>`);

  const unread = host.page.getByRole('button', { name: 'Open chat, 1 new message' });
  if (host.page.viewportSize()!.width < 1024) await unread.click();
  await expect(host.page.getByRole('log')).toContainText('Hello <b>there</b>');
  await host.page.getByRole('button', { name: 'Send 🎉' }).click();
  await expect(friend.page.getByRole('log')).toContainText('🎉');
  await keep(host.page, 'chat');
});

test('a joiner is told to all; the host hands over, then is removed and stays out', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  const [hostName, friendName] = [await nameOf(host.page), await nameOf(friend.page)];
  await expect(host.page.getByText(`${friendName} has joined.`)).toBeVisible();

  await host.page.getByRole('button', { name: `Actions for ${friendName}` }).click();
  await host.page.getByRole('button', { name: 'Make host' }).click();
  await host.page.getByRole('dialog').getByRole('button', { name: 'Make host' }).click();
  await expect(friend.page.getByRole('button', { name: 'Start', exact: true })).toBeVisible();
  await expect(host.page.getByText(`${friendName} starts the match`)).toBeVisible();

  await friend.page.getByRole('button', { name: `Actions for ${hostName}` }).click();
  await friend.page.getByRole('button', { name: 'Remove', exact: true }).click();
  await friend.page
    .getByRole('dialog')
    .getByRole('button', { name: `Remove ${hostName}` })
    .click();
  await expect(host.page.getByRole('heading', { name: 'The host has asked you to leave' })).toBeVisible();
  await expectAccessible(host.page, 'kicked');
  await host.page.goto(`/r/${code}`);
  await expect(host.page.getByRole('heading', { name: 'The host has asked you to leave' })).toBeVisible();
  await expect(friend.page.getByRole('heading', { name: '1 person here' })).toBeVisible();
});

test('leaving passes the room on, closing ends it for all', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  await expect(host.page.getByRole('heading', { name: '2 people here' })).toBeVisible();
  await host.page.getByRole('button', { name: 'Leave' }).click();
  await host.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
  await expect(host.page.getByRole('button', { name: /Play now/ })).toBeVisible();
  await expect(friend.page.getByRole('button', { name: 'Start', exact: true })).toBeVisible();

  await enter(host.page, code);
  await friend.page.getByRole('button', { name: 'Close room' }).click();
  await friend.page.getByRole('dialog').getByRole('button', { name: 'Close room' }).click();
  for (const { page } of [host, friend]) {
    await expect(
      page.getByRole('heading', { name: /The room is closed|This room is not there/ }),
    ).toBeVisible();
    await expect(page.getByRole('button', { name: 'Open a new room' })).toBeVisible();
  }
});

test('watching and sitting down again', async ({ player }) => {
  const { page } = await player();
  await openRoom(page);
  await page.getByRole('button', { name: 'Only watch' }).click();
  await expect(page.getByText('Everyone only watches')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeDisabled();
  await page.getByRole('button', { name: 'Take a seat' }).click();
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeEnabled();
});

test('a refresh and a second tab keep one and the same seat', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  await friend.page.reload();
  await expect(friend.page.getByRole('heading', { name: '2 people here' })).toBeVisible();
  const tab = await friend.context.newPage();
  await enter(tab, code);
  await expect(host.page.getByRole('heading', { name: '2 people here' })).toBeVisible();
  await tab.close();
  await choose(host.page, 'Quick');
  await expect(friend.page.getByText('Quick', { exact: true })).toBeVisible();
});

test('kill -9 of the server in the lobby: everyone is back by themselves, nothing is lost', async ({
  player,
  server,
}) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  await choose(host.page, 'Marathon');
  await expect(friend.page.getByText('Marathon', { exact: true })).toBeVisible();

  await server.kill();
  await expect(host.page.getByText('Reconnecting …')).toBeVisible();
  // The page stays usable: what is done now is sent when the server is back.
  await choose(host.page, 'Quick');
  await keep(host.page, 'reconnecting');
  await server.start();
  await expect(host.page.getByText('Connected again.')).toBeVisible();
  await expect(friend.page.getByText('Quick', { exact: true })).toBeVisible();
  await host.page.getByRole('button', { name: 'Start', exact: true }).click();
  for (const { page } of [host, friend])
    await expect(page.getByRole('button', { name: 'Match menu' })).toBeVisible();
});

test('pause, go on, end the match: all from the menu', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  await host.page.getByRole('button', { name: 'Start', exact: true }).click();
  await host.page.getByRole('button', { name: 'Match menu' }).click();
  await expectAccessible(host.page, 'match menu');
  await host.page.getByRole('button', { name: 'Pause' }).click();
  await expect(friend.page.getByRole('heading', { name: 'A short break' })).toBeVisible();
  await expect(friend.page.getByRole('button', { name: 'Go on' })).toHaveCount(0);
  await host.page.getByRole('button', { name: 'Go on' }).click();
  await expect(friend.page.getByRole('heading', { name: 'A short break' })).toHaveCount(0);
  await host.page.getByRole('button', { name: 'Match menu' }).click();
  await host.page.getByRole('button', { name: 'End the match' }).click();
  await host.page.getByRole('dialog').getByRole('button', { name: 'End the match' }).click();
  for (const { page } of [host, friend]) await expect(page.getByTestId('code')).toContainText(code);
});

test('20 s without a network: said calmly, mended by itself, nothing missed', async ({ player }) => {
  const host = await player();
  const code = await openRoom(host.page);
  const friend = await player();
  await enter(friend.page, code);
  await friend.context.setOffline(true);
  await expect(friend.page.getByText('Reconnecting …')).toBeVisible();
  await choose(host.page, 'Sprint');
  const hostName = await nameOf(host.page);
  await friend.page.waitForTimeout(20_000);
  await friend.context.setOffline(false);
  await expect(friend.page.getByText('Connected again.')).toBeVisible();
  await expect(friend.page.getByText('Sprint', { exact: true })).toBeVisible();
  await expect(friend.page.getByText(`${hostName} starts the match`)).toBeVisible();
  await expect(host.page.getByRole('heading', { name: '2 people here' })).toBeVisible();
});
