import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../real/programs.ts';
import { type Pages, writePages } from './pages.ts';

const program = findProgram('chromium');

const THEMES = ['light', 'dark'] as const;
const WIDTHS = [400, 1200] as const;

describe.skipIf(program === undefined)('pages in Chromium', () => {
  let browser: Browser;
  let pages: Pages;
  beforeAll(async () => {
    pages = await writePages();
    // Root needs it in a container; the pages are ours, and run nothing.
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => browser?.close());

  /** Opens a page, and returns the browser's complaints and requests. */
  async function open(
    name: string,
    settings: Parameters<Browser['newContext']>[0] = {},
  ): Promise<{
    readonly context: BrowserContext;
    readonly page: Page;
    readonly complaints: string[];
    readonly requests: string[];
  }> {
    const context = await browser.newContext(settings);
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(join(pages.folder, `${name}.html`)).href);
    return { context, page, complaints, requests };
  }

  it('are nine, each under 300 kB', () => {
    expect(pages.names).toHaveLength(9);
    for (const name of pages.names) expect(statSync(join(pages.folder, `${name}.html`)).size).toBeLessThan(300_000);
  });

  it.each(THEMES.flatMap((theme) => WIDTHS.map((width) => [theme, width] as const)))(
    'render in the %s theme at %i pixels: nothing logged, nothing requested, nothing cut off',
    async (theme, width) => {
      for (const name of pages.names) {
        const { context, page, complaints, requests } = await open(name, {
          colorScheme: theme,
          viewport: { width, height: 900 },
        });
        expect(complaints, name).toEqual([]);
        expect(requests, name).toHaveLength(1);
        await page.screenshot({ path: join(pages.folder, `${name}-${theme}-${width}.png`), fullPage: true });
        await unfold(page);
        await page.screenshot({ path: join(pages.folder, `${name}-${theme}-${width}-open.png`), fullPage: true });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(width);
        await context.close();
      }
    },
  );

  it.each(THEMES)('pass axe-core in the %s theme, folded and unfolded', async (theme) => {
    for (const name of pages.names)
      for (const width of WIDTHS) {
        // The page's own policy forbids every script, so axe's is injected around it.
        const { context, page } = await open(name, {
          colorScheme: theme,
          viewport: { width, height: 900 },
          bypassCSP: true,
        });
        expect(await violations(page), `${name} ${width}`).toEqual([]);
        await unfold(page);
        expect(await violations(page), `${name} ${width}, unfolded`).toEqual([]);
        await context.close();
      }
  });

  it('open and close by keyboard, from the first stop to the last', async () => {
    const { context, page } = await open('verified', { viewport: { width: 1200, height: 900 } });
    const count = await page.evaluate(
      () => [...document.querySelectorAll('summary')].filter((one) => one.checkVisibility()).length,
    );
    expect(count).toBeGreaterThan(3);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    const reached = new Set<string>();
    for (let stop = 0; stop < 500; stop += 1) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => document.activeElement?.tagName ?? '');
      if (name === 'BODY') break;
      if (name !== 'SUMMARY') continue;
      const before = await isOpen(page);
      await page.keyboard.press('Enter');
      expect(await isOpen(page)).toBe(!before);
      // A section that was closed stays open, so the keyboard reaches its content next.
      if (before) await page.keyboard.press('Space');
      expect(await isOpen(page)).toBe(true);
      reached.add(
        await page.evaluate(() =>
          [...document.querySelectorAll('summary')].indexOf(document.activeElement as HTMLElement).toString(),
        ),
      );
    }
    expect(reached.size).toBe(await page.locator('summary').count());
    await context.close();
  });

  it('run nothing that is put into them', async () => {
    const { context, page } = await open('verified');
    const isRun = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "run"';
      document.body.append(script);
      return document.title === 'run';
    });
    expect(isRun).toBe(false);
    await context.close();
  });

  it('print with everything unfolded', async () => {
    const { context, page } = await open('verified');
    await page.emulateMedia({ media: 'print' });
    const heights = await page.evaluate(() =>
      [...document.querySelectorAll('details > .in')].map((one) => one.getBoundingClientRect().height),
    );
    expect(heights.filter((height) => height === 0)).toEqual([]);
    await context.close();
  });
});

async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
}

async function violations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.addScriptTag({ content: axe.source });
  return page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as {
      readonly axe: {
        run(): Promise<{
          readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
        }>;
      };
    };
    const found = await checker.run();
    return found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 200))
          .join(' | ')}`,
    );
  });
}

async function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent ?? '');
}

async function isOpen(page: Page): Promise<boolean> {
  return page.evaluate(() => (document.activeElement?.parentElement as HTMLDetailsElement | null)?.open ?? false);
}
