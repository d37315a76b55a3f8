import { test } from '@playwright/test';
const q = () => { const g = document.createElement('canvas').getContext('webgl2'); return g ? String(g.getParameter(g.VERSION)) : null; };
test('gl', async ({ page, browser }) => {
  console.log(await page.evaluate(q));
  const c2 = await browser.newContext({ viewport: { width: 1280, height: 800 } }); const p2 = await c2.newPage(); console.log('ctx', await p2.evaluate(q));
  await p2.waitForTimeout(3000); console.log('later', await p2.evaluate(q));
});
