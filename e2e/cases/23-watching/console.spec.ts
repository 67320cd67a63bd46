import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, openBrowser, screenshotPath } from '../../support/browser.ts';
import { engineUrl, notifications } from '../../support/engine.ts';
import { Stack } from '../../support/stack.ts';
import { eventually } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';

const TOKEN = 'a-token-of-the-test-0123456789';

describeInBrowser('the console of the alert engine', () => {
  let stack: Stack;
  let browser: Browser;
  let page: Page;
  let receiver: WebhookReceiver;
  const problems: string[] = [];

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    const env = { TRACE_ALERT_API_TOKEN: TOKEN, TRACE_WEBHOOK_URL: receiver.url };
    stack = await Stack.start({ programs: ['alert-engine'], changes: { 'alert-engine': { env } } });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await stack.stop();
    await receiver.stop();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      // A refused request is an error to the console whoever handles it.
      if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text());
    });
    await page.goto(engineUrl);
  });
  afterEach(async () => {
    await page.close();
    expect(problems).toEqual([]);
  });

  const said = (text: string): Promise<true> =>
    eventually(
      `the page says ${text}`,
      async () => ((await page.textContent('output')) ?? '').includes(text) || undefined,
      { timeoutMillis: 60_000 },
    );

  it('asks for the token when a change is refused, and sends the change again with it', async () => {
    await page.click('text=Send a test alert');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.type('not-the-token-0123456789');
    await page.keyboard.press('Enter');
    await said('not accepted');
    await page.waitForSelector('dialog[open]');
    await page.screenshot({ path: screenshotPath('alert-console-token') });
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await said('Done.');
    await eventually('both are delivered', () => receiver.alerts().length === 2 || undefined, {
      timeoutMillis: 60_000,
    });
    expect((await notifications()).map(({ labels, status }) => [labels.alertname, status])).toEqual([
      ['TraceTestAlert', 'resolved'],
      ['TraceTestAlert', 'firing'],
    ]);
    // The page brings itself up to date, and the tab remembers the token.
    await eventually(
      'the notification is shown',
      async () => ((await page.textContent('main')) ?? '').includes('TraceTestAlert') || undefined,
      { timeoutMillis: 60_000 },
    );
    await page.reload();
    await page.click('text=Reload the rules');
    await said('Done.');
    expect(await page.isVisible('dialog')).toBe(false);
    expect(await page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]')).toEqual([
      1,
      0,
      '',
    ]);
  });

  it('lets nothing be changed by a page that has no token, nor by one from elsewhere', async () => {
    await page.click('text=Reload the rules');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    expect(await page.isVisible('dialog')).toBe(false);
    const elsewhere = await browser.newPage();
    await elsewhere.goto('data:text/html,<p>elsewhere');
    const answer = await elsewhere.evaluate(
      `fetch('${engineUrl}/-/reload', { method: 'POST', headers: { authorization: 'Bearer ${TOKEN}' } }).then(() => 'sent', (error) => error.name)`,
    );
    expect(answer).toBe('TypeError');
    await elsewhere.close();
  });
});
