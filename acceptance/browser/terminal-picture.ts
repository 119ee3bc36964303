/**
 * `node --conditions=@sigtrail/source acceptance/browser/terminal-picture.ts`: draws what two command lines really print, as the README shows it,
 * into `docs/images/terminal.png`. The columns are those of a terminal; the colours are the command's own.
 */
import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { chromium } from 'playwright-core';
import { SIGNER } from '../../examples/embedded-registry.ts';
import { root } from '../../tools/workspace.ts';
import { findProgram } from '../real/programs.ts';

const COLUMNS = 136;
const IMAGE = 'oci:examples/images/bundle-keyless-github/layout';
const lines = [
  ['verify', IMAGE, SIGNER.subject],
  ['verify', IMAGE, 'alice@acme.test'],
].map(([command = '', image = '', subject = '']) => [
  command,
  image,
  '--trusted-root',
  'examples/images/trusted_root.json',
  '--certificate-oidc-issuer',
  SIGNER.issuer,
  '--certificate-identity',
  subject,
]);

/** What the terminal shows after this line. */
async function typed(words: readonly string[]): Promise<string> {
  let output = '';
  const write = (text: string): void => void (output += text);
  const terminal = { columns: COLUMNS };
  await main(words, {
    stdout: write,
    stderr: write,
    terminal: { stdout: terminal, stderr: terminal },
    color: { stdout: true, stderr: true },
  });
  const prompt = `\u001b[1m$ sigtrail ${words.slice(0, 2).join(' ')} \\\n    ${words.slice(2, 6).join(' ')} \\\n    ${words.slice(6).join(' ')}\u001b[0m`;
  return `${prompt}\n${output}`;
}

const COLOURS: Readonly<Record<string, string>> = {
  1: 'font-weight:700',
  2: 'opacity:.65',
  31: 'color:#ff7b72',
  32: 'color:#56d364',
  33: 'color:#e3b341',
  36: 'color:#79c0ff',
};

/** The escapes of a terminal as HTML; unknown ones disappear. */
function toHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  let open = 0;
  const marked = escaped.replaceAll(/\u001b\[([\d;]*)m/g, (_, codes: string) => {
    const styles = codes.split(';').flatMap((code) => COLOURS[code] ?? []);
    if (styles.length > 0) {
      open += 1;
      return `<span style="${styles.join(';')}">`;
    }
    const closing = '</span>'.repeat(open);
    open = 0;
    return closing;
  });
  return marked + '</span>'.repeat(open);
}

process.chdir(root);
const screens = await Promise.all(lines.map(typed));
const html = `<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#0d1117}pre{box-sizing:content-box;margin:0;padding:20px 24px;width:${COLUMNS + 1}ch;
font:14px/1.45 "DejaVu Sans Mono",monospace;color:#e6edf3;background:#0d1117;white-space:pre}</style><pre>${screens.map(toHtml).join('\n')}</pre>`;
const browser = await chromium.launch({
  executablePath: findProgram('chromium') ?? 'chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 400 }, deviceScaleFactor: 1.25 });
  await page.setContent(html);
  await page.locator('pre').screenshot({ path: join(root, 'docs', 'images', 'terminal.png') });
} finally {
  await browser.close();
}
