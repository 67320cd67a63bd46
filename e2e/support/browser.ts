import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { root } from './paths.ts';

const missing = process.env.TRACE_MISSING_CHROMIUM;
if (missing !== undefined) console.warn(`Skipped: ${missing}`);

/** Where there is a browser; elsewhere skipped, and the reason is printed. */
export const describeInBrowser = missing === undefined ? describe : describe.skip;

/** A real Chromium without a screen. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.TRACE_BIN_CHROMIUM;
  if (executablePath === undefined)
    throw new Error('TRACE_BIN_CHROMIUM is not set; run the e2e tests by "npm test -- e2e"');
  return chromium.launch({
    executablePath,
    // Its sandbox does not work for root, nor where user namespaces are off; it loads our own pages only.
    chromiumSandbox: false,
    args: ['--disable-gpu'],
  });
}

/** Where a screenshot goes for a person to look at. */
export function screenshotPath(name: string): string {
  const folder = join(root, '.trace/test/screenshots');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.png`);
}
