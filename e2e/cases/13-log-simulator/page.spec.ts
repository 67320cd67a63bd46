import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, openBrowser, screenshotPath } from '../../support/browser.ts';
import { Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { ask, droppedOf, ended, simulatorUrl, state } from './simulator.ts';

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };

describeInBrowser('the log simulator’s page', () => {
  let stack: Stack;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    stack = await Stack.start({
      programs: ['loki', 'enrichment-processor', 'otelcol', 'log-simulator'],
    });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await stack.stop();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: DESK });
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      // A refused request is an error to the console whoever handles it.
      if (message.type() === 'error' && !message.text().includes('400')) problems.push(message.text());
    });
    await page.goto(simulatorUrl);
  });
  afterEach(async () => {
    await ask('DELETE', '/simulation');
    await page.close();
    expect(problems).toEqual([]);
  });

  const text = async (selector: string): Promise<string> => (await page.textContent(selector)) ?? '';
  const count = async (selector: string): Promise<number> =>
    Number((await text(selector)).replaceAll(',', ''));
  const shows = (what: string, isSo: () => Promise<boolean>): Promise<true> =>
    eventually(what, async () => (await isSo()) || undefined, { timeoutMillis: 60_000 });

  it('runs by the keyboard alone: set, start, watch, stop', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.name')).toBe('lines_per_second');
    await page.keyboard.type('200');
    await page.keyboard.press('Tab');
    await page.keyboard.type('300');
    await page.keyboard.press('Enter');
    await shows('lines are made', async () => (await count('#made')) > 500);
    expect(await text('#message')).toContain('Running until');
    await shows('lines are delivered', async () => (await count('#delivered')) > 0);
    expect(await page.locator('#chart rect').count()).toBeGreaterThan(4);
    expect((await text('#lines')).split('\n')).toHaveLength(20);
    expect(await page.isDisabled('#start')).toBe(true);
    await page.screenshot({ path: screenshotPath('log-simulator'), fullPage: true });
    await page.focus('#stop');
    await page.keyboard.press('Enter');
    await shows('it has ended', async () => (await text('#message')) === 'Ended.');
    const { lines_made: made, settings } = await state();
    expect(await count('#made')).toBe(made);
    expect(settings).toMatchObject({ lines_per_second: 200, duration_seconds: 300, destination: 'otlp' });
  });

  it('says what is wrong, and keeps saying it', async () => {
    for (const operation of ['create', 'read', 'update', 'delete'])
      await page.fill(`input[name=${operation}]`, '0');
    await page.click('#start');
    await shows('the problem', async () => (await text('#message')).includes('/mix'));
    await page.waitForTimeout(1500);
    expect(await text('#message')).toContain('one weight above 0');
    await page.fill('input[name=lines_per_second]', '50001');
    await page.click('#start');
    expect(await page.evaluate('document.activeElement.validity.valid')).toBe(false);
  });

  it('shows what another has started, with its drops', async () => {
    await stack.program('otelcol').stop();
    await ask('POST', '/simulation', { lines_per_second: 50_000, duration_seconds: 3 });
    await shows('drops', async () => (await count('#dropped')) > 0);
    await stack.program('otelcol').start();
    await ended();
    const end = await state();
    expect(end.lines_delivered + droppedOf(end)).toBe(end.lines_made);
    await shows('why', async () => /Dropped: .*(queue full|refused)/.test(await text('#message')));
  });

  it('fits a phone', async () => {
    await page.setViewportSize(PHONE);
    await page.fill('input[name=lines_per_second]', '50');
    await page.click('#start');
    await shows('lines are made', async () => (await count('#made')) > 50);
    const widths = await page.evaluate('[document.documentElement.scrollWidth, window.innerWidth]');
    expect((widths as number[])[0]).toBeLessThanOrEqual((widths as number[])[1] ?? 0);
    for (const control of await page.locator('button, input, select').all())
      expect((await control.boundingBox())?.height).toBeGreaterThanOrEqual(40);
    await page.screenshot({ path: screenshotPath('log-simulator-phone'), fullPage: true });
  });
});
