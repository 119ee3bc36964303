import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-references-'));
const at = (name: string): string => join(folder, name);
const root = at('root.json');
let registry: FakeRegistry;
let ref: (name: string) => string;

beforeAll(async () => {
  registry = await startRegistry();
  const sigstore = await createSigstore();
  writeFileSync(root, JSON.stringify(sigstore.trustedRoot()));
  ref = (name) => `${registry.host}/acme/${name}:v1`;
  for (const name of ['a', 'b', 'stranger', 'bare']) pushImage(registry, `acme/${name}:v1`);
  for (const name of ['a', 'b']) await sigstore.signImage(registry, ref(name), { as: { email: 'dev@acme.test' } });
  await sigstore.signImage(registry, ref('stranger'), { as: { email: 'mallory@evil.test' } });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...argv: readonly string[]): Promise<Run> {
  const signer = ['--certificate-identity=dev@acme.test', '--certificate-oidc-issuer=https://accounts.google.com'];
  return runAsIs(...argv, ...signer);
}

async function runAsIs(...argv: readonly string[]): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const words = [...argv, '--trusted-root', root];
  const code = await main(words, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

const verify = async (names: readonly string[], ...flags: readonly string[]): Promise<Run> =>
  run('verify', ...names.map(ref), ...flags);

function list(...lines: readonly string[]): string {
  writeFileSync(at('images.txt'), lines.join('\n'));
  return at('images.txt');
}

describe('several references', () => {
  it('are each verified, told in a table, and a warning is said once', async () => {
    const { code, stdout, stderr } = await verify(['a', 'b'], '--insecure-ignore-tlog');
    expect([code, stderr.match(/^warning/gm)?.length]).toEqual([0, 1]);
    const row = (name: string): string =>
      `VERIFIED {2}${ref(name)} {2}sha256:[0-9a-f]{64} {2}dev@acme\\.test via https://accounts\\.google\\.com\n`;
    expect(stdout).toMatch(new RegExp(`^${row('a')}${row('b')}2 images: 2 verified\n$`));
  });

  it('show why each that is not verified is not, in their order, before the table', async () => {
    const { code, stdout } = await verify(['bare', 'a', 'stranger', 'gone']);
    expect(code).toBe(12);
    const firsts = stdout.split('\n').filter((line) => /^[A-Z]/.test(line));
    const verdicts = firsts.map((line) => `${line.split(' ')[0] ?? ''} ${/acme\/(\w+):v1/.exec(line)?.[1] ?? ''}`);
    const refused = ['REJECTED bare', 'REJECTED stranger', 'INDETERMINATE gone'];
    expect(verdicts).toEqual([...refused, 'REJECTED bare', 'VERIFIED a', 'REJECTED stranger', 'INDETERMINATE gone']);
    expect(stdout).toMatch(/\n4 images: 1 verified, 2 rejected, 1 indeterminate\n$/);
    expect(stdout).toMatch(/\nREJECTED +\S+ +sha256:\S+ +it is signed by mallory@evil\.test/);
  });

  it('show every check with --verbose, and nothing with --quiet', async () => {
    expect((await verify(['a', 'b'], '-v')).stdout.match(/looked at/g)).toHaveLength(2);
    expect(await verify(['a', 'bare'], '-q')).toEqual({ code: 10, stdout: '', stderr: '' });
  });

  it.each(['json', 'jsonl'])('are one line of %s each', async (output) => {
    const { stdout, stderr } = await verify(['a', 'bare'], '-o', output);
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly verdict: string; readonly requested: string });
    const verdicts = Object.fromEntries(reports.map(({ requested, verdict }) => [requested, verdict]));
    expect(verdicts).toEqual({ [ref('a')]: 'verified', [ref('bare')]: 'rejected' });
    if (output === 'json') expect(reports[0]?.verdict).toBe('verified');
    expect(stderr).toMatch(/2 images: 1 verified, 1 rejected\n$/);
  });

  it('come as they are known with jsonl, and in their order with json', async () => {
    const slow = registry.fail({ path: '/acme/a/manifests/sha256', fault: { kind: 'drip', everyMs: 1 } });
    const names = async (output: string): Promise<readonly string[]> =>
      (await verify(['a', 'b'], '-o', output)).stdout.match(/(?<="requested":"[^"]*acme\/)\w/g) ?? [];
    expect(await names('jsonl')).toEqual(['b', 'a']);
    expect(await names('json')).toEqual(['a', 'b']);
    expect(slow.hits).toBeGreaterThan(1);
    slow.clear();
  });

  it.each(['html', 'markdown'])('are one document of %s', async (output) => {
    vi.stubEnv('GITHUB_STEP_SUMMARY', undefined);
    const { code, stdout } = await verify(['a', 'bare'], '-o', output, '--output-file', at('page'));
    const page = readFileSync(at('page'), 'utf8');
    expect([code, stdout]).toEqual([10, '']);
    for (const name of ['a', 'bare']) expect(page).toContain(ref(name));
    if (output === 'html') expect(page).toContain('<h1>2 images</h1>');
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
    vi.unstubAllEnvs();
  });

  it.each([
    [['a', 'stranger', 'bare', 'gone'], 12],
    [['a', 'bare', 'gone'], 10],
    [['gone', 'a'], 11],
    [['a', 'b'], 0],
  ])('%j have the exit code of the worst, wherever it stands', async (names, code) => {
    expect((await verify(names)).code).toBe(code);
    expect((await verify(names.toReversed())).code).toBe(code);
  });

  it('are refused beside --capsule, before any is asked about', async () => {
    const asked = registry.requests.length;
    const { code, stdout, stderr } = await verify(['a', 'b'], '--capsule=x');
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('with one reference only')]);
    expect(registry.requests).toHaveLength(asked);
  });

  it('are asked about no more at a time than --max-workers says', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `many-${index}`);
    for (const name of many) pushImage(registry, `acme/${name}:v1`);
    for (const [most, atOnce] of [
      ['1', 1],
      ['3', 3],
    ] as const) {
      registry.requests.length = 0;
      await verify(many, '--max-workers', most, '-q');
      expect([most, mostAtOnce(many)]).toEqual([most, atOnce]);
    }
  });
});

/** How many of these images were in work at a time: from the first request about each to the last. */
function mostAtOnce(names: readonly string[]): number {
  const paths = registry.requests.map(({ path }) => path);
  const spans = names.map((name) => {
    const isOfImage = (path: string): boolean => path.includes(`/acme/${name}/`);
    return { from: paths.findIndex(isOfImage), to: paths.findLastIndex(isOfImage) };
  });
  return Math.max(...paths.map((_, at) => spans.filter(({ from, to }) => from <= at && at <= to).length));
}

describe('a list of images', () => {
  it('has one reference a line, with comments, empty lines and any line ends', async () => {
    const file = list('\uFEFF# ours', `${ref('a')}\r`, '', `  ${ref('b')}  # the other\r`, '#last');
    const { code, stdout, stderr } = await run('verify', '--images', file);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\n2 images: 2 verified\n$/);
  });

  it('goes with references on the command line, and with verify-attestation', async () => {
    expect((await run('verify', ref('b'), '--images', list(ref('a')))).stdout).toContain('2 images: 2 verified');
    const { code, stdout } = await run('verify-attestation', '--images', list(ref('a'), ref('b')));
    expect([code, stdout]).toEqual([10, expect.stringMatching(/\n2 images: 2 rejected\n$/)]);
  });

  it('may name an image more than once: that is said, and it is asked about once', async () => {
    const file = list(ref('a'), ref('b'), ref('a'));
    const { code, stdout, stderr } = await run('verify', '--images', file);
    expect([code, stdout.endsWith('2 images: 2 verified\n')]).toEqual([0, true]);
    expect(stderr).toBe(`note: ${file}:3: ${ref('a')} is the same image as ${file}:1, and is asked about once\n`);
  });

  it('says so only once the rest of the line is right', async () => {
    const file = list(ref('a'), ref('a'));
    const missing = at('polcy.yaml');
    const { code, stderr } = await runAsIs('verify', '--images', file, '--policy', missing);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--policy: there is no file ${missing}\n`)]);
    expect(stderr).not.toContain('is the same image');
    const few = await run('verify', '--images', file, '--max-workers', '0');
    expect([few.code, few.stderr]).toEqual([2, expect.stringMatching(/^sigtrail: --max-workers/)]);
  });

  it.each(['verify', 'verify-attestation'])(
    'is not taken for an image where its flag is forgotten: %s',
    async (command) => {
      const file = list(ref('a'));
      const { code, stderr } = await run(command, file);
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`${file} is a file; for the images that it lists, write --images ${file}`),
      ]);
      expect((await run(command, folder)).stderr).not.toContain('--images');
    },
  );

  it.each([
    [
      'a line that is no reference',
      () => list(ref('a'), 'NOT AN IMAGE'),
      /^sigtrail: \S+images\.txt:2: .*\[invalid-reference\]\n$/,
    ],
    ['two references on a line', () => list(`${ref('a')} ${ref('b')}`), /images\.txt:1: /],
    ['a list without an image', () => list('# none'), /images\.txt names no image; expected one reference a line/],
    ['a file that is not there', () => at('none.txt'), /--images: there is no file \S+none\.txt/],
  ])('is refused for %s, before any image is asked about', async (_, file, message) => {
    const asked = registry.requests.length;
    const { code, stdout, stderr } = await run('verify', '--images', file());
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
    expect(registry.requests).toHaveLength(asked);
  });

  it('is read if no image is named', async () => {
    expect(await run('verify')).toMatchObject({ code: 2, stderr: expect.stringContaining('--images FILE, or -') });
  });

  it('and a key can’t both be standard input', async () => {
    const { code, stderr } = await run('verify', '-', '--key', '-');
    expect([code, stderr]).toEqual([2, expect.stringContaining('both want standard input')]);
  });
});
